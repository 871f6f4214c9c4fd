//! The audit's chain of hashes: each line carries the hash of the one before it, so that a changed, removed
//! or inserted line shows.

use sha2::{Digest, Sha256};

use crate::domain::audit::{AuditRecord, Outcome};

/// `prev` of the first line.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Sets `prev` and `hash` of a record and returns its line, without a line end.
pub fn seal(record: &mut AuditRecord, prev: &str) -> String {
    record.prev = prev.to_owned();
    record.hash.clear();
    record.hash = digest(record);
    serde_json::to_string(record).unwrap_or_default()
}

/// The hash of a record: SHA-256 over its JSON line with an empty `hash`.
fn digest(record: &AuditRecord) -> String {
    let mut copy = record.clone();
    copy.hash.clear();
    let line = serde_json::to_string(&copy).unwrap_or_default();
    Sha256::digest(line.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

/// What is wrong with an audit file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Broken {
    /// Counted from 1.
    pub line: usize,
    pub why: String,
}

/// The result of reading a whole audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub lines: usize,
    /// The hash of the last line, or [`GENESIS`].
    pub head: String,
    pub last_seq: u64,
    /// Intents without an outcome: the action may or may not have happened.
    pub open: Vec<u64>,
}

impl Default for Verified {
    fn default() -> Self {
        Self { lines: 0, head: GENESIS.to_owned(), last_seq: 0, open: Vec::new() }
    }
}

impl Verified {
    /// Takes the next line, checking sequence and hashes.
    ///
    /// # Errors
    /// A line that is not a record, is out of sequence, or does not fit its neighbour.
    pub fn accept(&mut self, text: &str) -> Result<AuditRecord, Broken> {
        let broken = |why: String| Broken { line: self.lines + 1, why };
        let record: AuditRecord =
            serde_json::from_str(text).map_err(|e| broken(format!("not an audit record: {e}")))?;
        if record.seq != self.last_seq + 1 {
            return Err(broken(format!(
                "sequence {} after {}: lines are missing or added",
                record.seq, self.last_seq
            )));
        }
        if record.prev != self.head {
            return Err(broken(
                "does not continue the line before it: that line was changed or replaced".into(),
            ));
        }
        if record.hash != digest(&record) {
            return Err(broken("its hash does not fit its content: the line was changed".into()));
        }
        match (record.outcome, record.intent) {
            (Outcome::Intent, _) => self.open.push(record.seq),
            (_, Some(intent)) => self.open.retain(|seq| *seq != intent),
            _ => {}
        }
        self.lines += 1;
        self.last_seq = record.seq;
        self.head.clone_from(&record.hash);
        Ok(record)
    }
}

/// Reads records from lines, checking sequence and hashes.
///
/// # Errors
/// The first line that [`Verified::accept`] does not take.
pub fn verify<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Verified, Broken> {
    let mut state = Verified::default();
    for text in lines {
        state.accept(text)?;
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seq: u64, outcome: Outcome, intent: Option<u64>) -> AuditRecord {
        AuditRecord {
            seq,
            at: jiff::Timestamp::UNIX_EPOCH,
            session: "1-1".into(),
            user: "ops".into(),
            origin: None,
            command: "container.stop".into(),
            target: "docker:local".into(),
            object: "4f".into(),
            summary: "stop container web".into(),
            equivalent: "docker stop web".into(),
            undo: seq.is_multiple_of(2).then(|| "docker start web".into()),
            guard: "confirm".into(),
            verdict: "yes".into(),
            outcome,
            intent,
            ms: None,
            detail: None,
            reason: None,
            prev: String::new(),
            hash: String::new(),
        }
    }

    fn chain() -> Vec<String> {
        let mut prev = GENESIS.to_owned();
        let mut lines = Vec::new();
        for (seq, outcome, intent) in
            [(1, Outcome::Intent, None), (2, Outcome::Done, Some(1)), (3, Outcome::Intent, None)]
        {
            let mut r = record(seq, outcome, intent);
            lines.push(seal(&mut r, &prev));
            prev = r.hash;
        }
        lines
    }

    fn check(lines: &[String]) -> Result<Verified, Broken> {
        verify(lines.iter().map(String::as_str))
    }

    #[test]
    fn an_untouched_chain_holds_and_names_open_intents() {
        let verified = check(&chain()).unwrap();
        assert_eq!((verified.lines, verified.last_seq, verified.open), (3, 3, vec![3]));
    }

    #[test]
    fn every_change_shows() {
        let mut changed = chain();
        changed[1] = changed[1].replace("docker stop web", "docker stop wab");
        assert_eq!(check(&changed).unwrap_err().line, 2);
        let mut removed = chain();
        removed.remove(1);
        assert!(check(&removed).unwrap_err().why.contains("sequence 3 after 1"));
        let mut swapped = chain();
        swapped.swap(0, 1);
        assert_eq!(check(&swapped).unwrap_err().line, 1);
        let mut torn = chain();
        torn[2].truncate(20);
        assert!(check(&torn).unwrap_err().why.contains("not an audit record"));
    }
}
