//! Which rules of sudoers name an account or one of its groups. What aliases stand for is not looked up: a rule with
//! one is told where its name is that of an account.

use crate::domain::sanitize;
use crate::domain::server::accounts::Account;

/// Gives each account its rules.
pub fn read(text: &str, accounts: &mut [Account]) {
    // A rule may go on in the next line.
    let text = text.replace("\\\n", " ");
    for line in text.lines().map(str::trim) {
        let Some((who, rule)) = line.split_once(char::is_whitespace) else { continue };
        let is_setting = ["Defaults", "User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Cmd_Alias"]
            .iter()
            .any(|word| who.starts_with(word));
        if who.starts_with(['#', '@']) && !who.starts_with("#0") || is_setting || !rule.contains('=') {
            continue;
        }
        let rule = sanitize::name(&format!("{who} {}", rule.trim()));
        for account in accounts.iter_mut() {
            let named = |word: &str| match word.strip_prefix('%') {
                Some(group) => account.groups.iter().any(|own| own == group),
                None => word == account.name || word == "ALL",
            };
            if who.split(',').any(|word| named(word.trim())) {
                account.sudo.push(rule.clone());
            }
        }
    }
}
