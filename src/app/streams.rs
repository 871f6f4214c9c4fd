//! Which logs are read for which pane: opened and closed by comparison with what the panes want.

use std::collections::BTreeMap;

use super::msg::Effect;
use crate::command::PaneId;
use crate::panes::{LogKey, LogWant};

/// A log that is read.
#[derive(Debug)]
struct Open {
    number: u64,
    want: LogWant,
}

/// All logs that are read.
#[derive(Debug, Default)]
pub struct Streams {
    open: BTreeMap<(PaneId, LogKey), Open>,
    last: u64,
}

impl Streams {
    /// Opens what is wanted and is not open, closes what is not wanted any more. With the effects come the
    /// logs that begin (anew), so that their panes forget what they had.
    pub fn reconcile(&mut self, wants: Vec<(PaneId, LogWant)>) -> (Vec<Effect>, Vec<(PaneId, LogKey)>) {
        let (mut effects, mut begun) = (Vec::new(), Vec::new());
        self.open.retain(|(pane, _), open| {
            let wanted = wants.iter().any(|(p, w)| p == pane && *w == open.want);
            if !wanted {
                effects.push(Effect::CloseLog(open.number));
            }
            wanted
        });
        for (pane, want) in wants {
            let key = (pane, want.key.clone());
            if self.open.contains_key(&key) {
                continue;
            }
            self.last += 1;
            effects.push(Effect::OpenLog { stream: self.last, want: want.clone() });
            begun.push(key.clone());
            self.open.insert(key, Open { number: self.last, want });
        }
        (effects, begun)
    }

    /// Whose the stream with this number is; `None` when it is closed and its message is late.
    pub fn reader(&self, stream: u64) -> Option<(PaneId, LogKey)> {
        self.open.iter().find(|(_, open)| open.number == stream).map(|(key, _)| key.clone())
    }

    /// The number of a pane's stream.
    pub fn number(&self, pane: PaneId, key: &LogKey) -> Option<u64> {
        self.open.get(&(pane, key.clone())).map(|open| open.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::{LogAnchor, LogSourceId};

    fn want(path: &str, turn: u32) -> (PaneId, LogWant) {
        let key = LogKey { slot: 0, source: LogSourceId::File(path.into()) };
        (PaneId::Containers, LogWant { key, anchor: LogAnchor::End, tail: 10, turn })
    }

    #[test]
    fn streams_follow_the_wants() {
        let mut streams = Streams::default();
        let (effects, begun) = streams.reconcile(vec![want("a", 0), want("b", 0)]);
        assert!(matches!(
            effects[..],
            [Effect::OpenLog { stream: 1, .. }, Effect::OpenLog { stream: 2, .. }]
        ));
        assert_eq!(begun.len(), 2);
        assert!(streams.reconcile(vec![want("b", 0), want("a", 0)]).0.is_empty());
        // Wanted anew: the old stream ends, late messages of it are nobody's.
        let (effects, begun) = streams.reconcile(vec![want("b", 0), want("a", 1)]);
        assert!(matches!(effects[..], [Effect::CloseLog(1), Effect::OpenLog { stream: 3, .. }]));
        assert_eq!(begun, [want("a", 1)].map(|(pane, want)| (pane, want.key)));
        assert_eq!(streams.reader(1), None);
        assert_eq!(streams.reader(3), Some(begun[0].clone()));
        assert_eq!(streams.number(PaneId::Activity, &begun[0].1), None);
        assert_eq!(streams.reconcile(Vec::new()).0.len(), 2);
    }
}
