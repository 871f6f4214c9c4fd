//! What `ufw --dry-run` says would change: the rules it would write, less those that are written now.

use super::super::frame::sections;
use crate::domain::sanitize;
use crate::domain::server::ufw::Preview;

pub const SCRIPT: &str = "s() { printf '\\n==> %s <==\\n' \"$1\"; }; s then
ufw --dry-run \"$@\" || exit; s now; cat /etc/ufw/user.rules /etc/ufw/user6.rules";

/// Reads what the script prints.
pub fn parse(text: &str) -> Preview {
    let mut preview = Preview::default();
    let (mut then, mut now) = (Vec::new(), Vec::new());
    for (name, body) in sections(text) {
        match name {
            "then" => {
                then = rules(body);
                let said = body.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
                preview.said = said.filter(|line| *line != "COMMIT").map(sanitize::name).collect();
            }
            "now" => now = rules(body),
            _ => {}
        }
    }
    // It prints only the families that it would write.
    let families: Vec<&str> = ["-A ufw-", "-A ufw6-"]
        .into_iter()
        .filter(|family| then.iter().any(|rule| rule.starts_with(family)))
        .collect();
    // The last rule of a family gone, only its frame is printed.
    let written =
        |rule: &&String| families.iter().any(|family| rule.starts_with(family)) || text_has_frame(text, rule);
    preview.goes = now.iter().filter(written).filter(|rule| !then.contains(rule)).cloned().collect();
    preview.comes = then.iter().filter(|rule| !now.contains(rule)).cloned().collect();
    preview
}

/// True when the dry run wrote the family of a rule at all.
fn text_has_frame(text: &str, rule: &str) -> bool {
    let frame = if rule.starts_with("-A ufw6-") { ":ufw6-user-input" } else { ":ufw-user-input" };
    let then = text.split("==> now <==").next().unwrap_or_default();
    then.contains(frame)
}

/// The rules of users between their marks; what limits and logs belongs to ufw itself.
fn rules(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut rules = Vec::new();
    for line in text.lines() {
        match line.trim() {
            "### RULES ###" => inside = true,
            "### END RULES ###" => inside = false,
            rule if inside && rule.starts_with("-A ") => rules.push(sanitize::line(rule, 400).into_owned()),
            _ => {}
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_what_goes() {
        let text = "\n==> then <==\n*filter\n:ufw-user-input - [0:0]\n### RULES ###\n\n### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in comment=737368\n-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n\n-A ufw-user-input -s 203.0.113.9 -j DROP\n### END RULES ###\n-A ufw-user-limit -j REJECT\nCOMMIT\nRules updated\n\
            \n==> now <==\n### RULES ###\n-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n-A ufw-user-input -p tcp --dport 80 -j ACCEPT\n### END RULES ###\n### RULES ###\n-A ufw6-user-input -p tcp --dport 22 -j ACCEPT\n### END RULES ###\n";
        let preview = parse(text);
        assert_eq!(preview.comes, ["-A ufw-user-input -s 203.0.113.9 -j DROP"]);
        assert_eq!(preview.goes, ["-A ufw-user-input -p tcp --dport 80 -j ACCEPT"]);
        assert_eq!(preview.said, ["Rules updated"]);
    }
}
