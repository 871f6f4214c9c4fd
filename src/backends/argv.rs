//! A program with its arguments, to be run on a server, here or over there: the one way from words to a process.
//!
//! Here the words are handed over as they are. sshd hands every command to the account's login shell as text, be
//! it bash, zsh or fish: for that each word is quoted for all of them alike, whatever it holds. Programs and options are written in the source; what comes
//! from outside can only be an operand, which never begins with `-`, or the value of an option.

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::sanitize;
use crate::domain::shell_word::sh_quote;

/// Answers are read by programs, and administrators' programs are in sbin.
const SURROUNDINGS: &str =
    "LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH; exec \"$@\"";

/// Gives a line a terminal to belong to, and leaves it its input and outputs as they are: sudo asks for no more where
/// sudoers says requiretty. `script` writes what passes the terminal, which is nothing, to nowhere.
const ON_A_TERMINAL: &str = "exec 3<&0 4>&1 5>&2; SHELL=/bin/sh; export SHELL; \
    exec script -qec \"$1 <&3 >&4 2>&5 3<&- 4>&- 5>&-\" /dev/null </dev/null >/dev/null 2>&1";

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argv {
    words: Vec<String>,
    /// Operands come after `--`.
    operands: bool,
    wrong: Option<String>,
}

impl Argv {
    pub fn new(program: &'static str) -> Self {
        Self { words: vec![program.to_owned()], operands: false, wrong: None }
    }

    /// A script for `/bin/sh`; its operands are `$1`, `$2` …
    pub fn script(script: &'static str) -> Self {
        let words = ["/bin/sh", "-c", script, "sh"].map(str::to_owned).to_vec();
        // After the script's name everything is an operand anyway.
        Self { words, operands: true, wrong: None }
    }

    /// A word of ours: an option or a subcommand.
    #[must_use]
    pub fn arg(mut self, word: &'static str) -> Self {
        self.words.push(word.to_owned());
        self
    }

    #[must_use]
    pub fn args(self, words: impl IntoIterator<Item = &'static str>) -> Self {
        words.into_iter().fold(self, Self::arg)
    }

    /// An option of ours with a value from anywhere.
    #[must_use]
    pub fn option(mut self, name: &'static str, value: &str) -> Self {
        self.words.push(name.to_owned());
        self.value(value)
    }

    /// An option of ours and its value in one word, `--unit=NAME`: whatever the value is, it is this option's.
    #[must_use]
    pub fn assigned(mut self, word: String) -> Self {
        if !word.starts_with("--") || word.contains('\0') {
            self.wrong.get_or_insert_with(|| word.clone());
        }
        self.words.push(word);
        self
    }

    /// A thing to act on, from anywhere. The first one puts `--` before itself.
    #[must_use]
    pub fn operand(mut self, value: &str) -> Self {
        if !self.operands {
            self.operands = true;
            self.words.push("--".to_owned());
        }
        self.value(value)
    }

    /// A thing to act on whose name may well begin with `-`, as systemd's `-.mount` does: for programs that take
    /// nothing behind `--` for an option, and for scripts that put it there.
    #[must_use]
    pub fn name(mut self, value: &str) -> Self {
        if !self.operands {
            self.operands = true;
            self.words.push("--".to_owned());
        }
        if value.contains('\0') {
            self.wrong.get_or_insert_with(|| value.to_owned());
        }
        self.words.push(value.to_owned());
        self
    }

    fn value(mut self, value: &str) -> Self {
        if value.starts_with('-') || value.contains('\0') {
            self.wrong.get_or_insert_with(|| value.to_owned());
        }
        self.words.push(value.to_owned());
        self
    }

    /// The same before which stands a program that runs it: `sudo -n --`.
    pub fn under(mut self, before: &[&str]) -> Self {
        self.words.splice(0..0, before.iter().map(|word| (*word).to_owned()));
        self
    }

    /// The same with a terminal that it belongs to, though it neither reads nor writes there.
    ///
    /// # Errors
    /// As [`Self::words`].
    pub(super) fn on_a_terminal(&self) -> Result<Self, Fault> {
        Ok(Self::script(ON_A_TERMINAL).operand(&self.line()?))
    }

    /// The program, for people.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// As a person would type it there, for dialogs and the audit.
    pub fn typed(&self) -> String {
        self.words.iter().map(|word| sh_quote(word)).collect::<Vec<_>>().join(" ")
    }

    /// The words as they are.
    ///
    /// # Errors
    /// A value that could be taken for an option, or that no shell can pass on.
    pub(super) fn words(&self) -> Result<&[String], Fault> {
        if let Some(wrong) = &self.wrong {
            let message = format!("`{}` is no name to run {} with", sanitize::name(wrong), self.program());
            return Err(Fault::new(FaultKind::Failed, message)
                .hint("names that begin with - would be taken for options; nothing was run"));
        }
        Ok(&self.words)
    }

    /// The line for a login shell.
    ///
    /// # Errors
    /// As [`Self::words`].
    pub(super) fn line(&self) -> Result<String, Fault> {
        let words: Vec<String> = self.words()?.iter().map(|word| sh_quote(word)).collect();
        Ok(format!("exec /bin/sh -c '{SURROUNDINGS}' sh {}", words.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_follow_two_dashes_and_are_never_options() {
        let command = Argv::new("systemctl").arg("restart").operand("a b").operand("c;d");
        assert_eq!(command.typed(), "systemctl restart -- 'a b' 'c;d'");
        let line = command.line().unwrap();
        assert!(line.ends_with("sh systemctl restart -- 'a b' 'c;d'"), "{line}");
        for wrong in ["-rf", "--force", "a\0b"] {
            let fault = Argv::new("rm").operand(wrong).line().unwrap_err();
            assert!(fault.hint.is_some() && !fault.message.contains('\0'), "{fault:?}");
        }
        assert!(Argv::new("journalctl").option("-u", "--system").line().is_err());
        assert!(Argv::script("echo \"$1\"").operand("-n").line().is_err());
        assert_eq!(Argv::new("systemctl").arg("start").name("-.mount").typed(), "systemctl start -- -.mount");
        assert!(Argv::new("systemctl").name("a\0b").line().is_err());
    }

    /// Runs a line as sshd would, by `SHELL -c LINE`.
    fn run(shell: &str, line: &str) -> Vec<u8> {
        #[allow(clippy::disallowed_methods)] // The shell is the judge.
        let output = std::process::Command::new(shell).args(["-c", line]).output().unwrap();
        assert!(output.status.success(), "{shell}: {line}: {output:?}");
        output.stdout
    }

    fn printed(values: &[String]) -> Vec<u8> {
        values.iter().flat_map(|v| v.bytes().chain([0])).collect()
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn every_word_comes_through_a_real_shell(values in proptest::collection::vec("[^-\0][^\0]{0,12}|", 1..5)) {
            let command = values.iter().fold(Argv::new("/usr/bin/printf").arg("%s\\0"), |c, v| c.operand(v));
            // printf knows no `--` after its format, so the words are passed by a script.
            let script = values.iter().fold(Argv::script("printf '%s\\0' \"$@\""), |c, v| c.operand(v));
            proptest::prop_assert!(command.line().is_ok());
            for shell in ["/bin/sh", "/bin/bash"] {
                proptest::prop_assert_eq!(run(shell, &script.line().unwrap()), printed(&values));
            }
        }
    }

    #[test]
    fn a_terminal_beside_its_input_and_outputs() {
        const SAY: &str = "cat; echo \"$1\" >&2; tty; ps -o tty= -p $$; exit 7";
        let line = Argv::script(SAY).operand("it's $1").on_a_terminal().unwrap().line().unwrap();
        #[allow(clippy::disallowed_methods)] // The shell is the judge.
        let mut child = std::process::Command::new("setsid")
            .args(["--wait", "/bin/sh", "-c", &line])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"typed\0\x04\n").unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with("typed\0\x04\nnot a tty\npts/"), "{said:?}");
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(7), &b"it's $1\n"[..]));
    }

    #[test]
    fn nasty_words_come_through() {
        let values: Vec<String> = [
            "$(id)",
            "`id`",
            "a'b",
            "a\\'b",
            "\\",
            "!x",
            "=ls",
            "~root",
            "*",
            "{a,b}",
            "a\nb",
            "é",
            "\u{1b}[31m",
            "%s",
            "",
        ]
        .map(str::to_owned)
        .to_vec();
        let script = values.iter().fold(Argv::script("printf '%s\\0' \"$@\""), |c, v| c.operand(v));
        assert_eq!(run("/bin/sh", &script.line().unwrap()), printed(&values));
    }
}
