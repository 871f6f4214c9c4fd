//! A model of a log that is written, renamed, copied, cut, compressed and removed between the looks of whoever
//! follows it: neither a hole nor a double.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use proptest::prelude::*;

use super::super::packed::tests::{gzip, zstd};
use super::*;
use crate::backends::clock;

/// What may happen between two looks.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// So many lines.
    Write(u8),
    /// The beginning of a line.
    Begin,
    /// `app.log` becomes `app.log.1`, that one `app.log.2` and so on; with a new empty file, or without.
    Rename(bool),
    /// `app.log` is copied to `app.log.1` and emptied.
    CopyAndCut,
    /// What was written is thrown away.
    Cut,
    Compress,
    Remove,
    Look,
}

/// The text that one file held from one cut to the next.
#[derive(Debug, Default)]
struct Life {
    text: String,
    /// Its end may be missing: it was thrown away before anybody could read it.
    lossy: bool,
    /// It was read to its end at some time.
    looked_at: bool,
}

struct Model {
    dir: tempfile::TempDir,
    lives: Vec<Life>,
    /// Whether there is a file now; then the last life is its.
    there: bool,
    number: u32,
    second: u64,
    follower: Follower,
    now: Instant,
    got: Vec<String>,
}

impl Model {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.log");
        let follower = Follower::new(&path, None, TimeZone::UTC, CancellationToken::new());
        let now = clock::instant();
        let (lives, got) = (Vec::new(), Vec::new());
        Self { dir, lives, there: false, number: 0, second: 1_900_000_000, follower, now, got }
    }

    fn path(&self, end: &str) -> PathBuf {
        self.dir.path().join(format!("app.log{end}"))
    }

    /// Times of writing follow each other clearly, as they do outside of tests.
    fn touch(&mut self, path: &Path) {
        self.second += 1;
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.second);
        File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    }

    fn write(&mut self, text: &str) {
        if !self.there {
            self.lives.push(Life::default());
            self.there = true;
        }
        let path = self.path("");
        OpenOptions::new().append(true).create(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
        self.touch(&path);
        self.lives.last_mut().unwrap().text.push_str(text);
    }

    /// The rotated files get the next number each.
    fn shift(&self) {
        for number in (1..60).rev() {
            for end in ["", ".gz", ".zst"] {
                let from = self.path(&format!(".{number}{end}"));
                if from.exists() {
                    std::fs::rename(from, self.path(&format!(".{}{end}", number + 1))).unwrap();
                }
            }
        }
    }

    /// The life of the present file ends; `lossy` when what was not read of it is gone.
    fn end(&mut self, lossy: bool) {
        self.lives.last_mut().unwrap().lossy |= lossy;
    }

    fn act(&mut self, act: Act) {
        let path = self.path("");
        match act {
            Act::Look => self.look(),
            Act::Write(count) => {
                let lines: Vec<String> =
                    (0..count).map(|i| format!("line {}\n", self.number + u32::from(i))).collect();
                self.number += u32::from(count);
                self.write(&lines.concat());
            }
            Act::Begin => {
                self.number += 1;
                self.write(&format!("part {} ", self.number));
            }
            Act::Compress => {
                let number = (1..60).find(|n| self.path(&format!(".{n}")).exists());
                if let Some(number) = number {
                    let from = self.path(&format!(".{number}"));
                    let bytes = std::fs::read(&from).unwrap();
                    let (end, bytes) =
                        if number % 2 == 0 { (".gz", gzip(&bytes)) } else { (".zst", zstd(&bytes)) };
                    let to = self.path(&format!(".{number}{end}"));
                    std::fs::write(&to, bytes).unwrap();
                    let time = std::fs::metadata(&from).unwrap().modified().unwrap();
                    File::options().append(true).open(&to).unwrap().set_modified(time).unwrap();
                    std::fs::remove_file(from).unwrap();
                }
            }
            _ if !self.there => {}
            Act::Rename(new) => {
                self.shift();
                std::fs::rename(&path, self.path(".1")).unwrap();
                self.there = false;
                if new {
                    self.write("");
                }
            }
            Act::CopyAndCut => {
                self.shift();
                let copy = self.path(".1");
                std::fs::copy(&path, &copy).unwrap();
                self.touch(&copy);
                File::create(&path).unwrap();
                self.touch(&path);
                // What nobody has begun to read is not known to be missing.
                let begun = self.lives.last().unwrap().looked_at;
                self.end(!begun);
                self.lives.push(Life::default());
            }
            Act::Cut => {
                File::create(&path).unwrap();
                self.touch(&path);
                self.end(true);
                self.lives.push(Life::default());
            }
            Act::Remove => {
                std::fs::remove_file(&path).unwrap();
                let held = self.lives.last().unwrap().looked_at;
                self.end(!held);
                self.there = false;
            }
        }
    }

    /// Looks until nothing more comes.
    fn look(&mut self) {
        let mut quiet = 0;
        while quiet < 2 {
            self.now += LONGEST_LINGER;
            let step = self.follower.step(self.now);
            assert!(!step.over);
            quiet = if step.again { 0 } else { quiet + 1 };
            for (event, place) in step.events {
                if let LogEvent::Lines(lines) = event {
                    assert!(place.is_some() && !lines.is_empty() && lines.len() <= LINES);
                    self.got.extend(lines.into_iter().map(|line| line.text));
                }
            }
        }
        if self.there
            && let Some(life) = self.lives.last_mut()
        {
            life.looked_at |= !life.text.is_empty();
        }
    }

    /// What came is what was written, line by line.
    fn check(mut self) -> Result<(), TestCaseError> {
        self.look();
        let open = self.follower.open_line().map(|line| line.text);
        let mut got = self.got.into_iter().chain(open).peekable();
        for life in &self.lives {
            for line in life.text.lines() {
                let is_it = |got: &String| got == line || (life.lossy && line.starts_with(got.as_str()));
                if got.next_if(is_it).is_none() {
                    prop_assert!(
                        life.lossy,
                        "{line:?} is missing before {:?} of {:#?}",
                        got.peek(),
                        self.lives
                    );
                    break;
                }
            }
        }
        prop_assert_eq!(got.next(), None, "doubled, of {:#?}", &self.lives);
        Ok(())
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1_u8..5).prop_map(Act::Write),
        2 => Just(Act::Begin),
        2 => any::<bool>().prop_map(Act::Rename),
        2 => Just(Act::CopyAndCut),
        1 => Just(Act::Cut),
        2 => Just(Act::Compress),
        1 => Just(Act::Remove),
        5 => Just(Act::Look),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn neither_a_hole_nor_a_double(acts in proptest::collection::vec(act(), 1..40)) {
        let mut model = Model::new();
        model.act(Act::Write(0));
        model.act(Act::Look);
        for act in acts {
            model.act(act);
        }
        model.check()?;
    }
}

/// What a step says, in words.
fn words(step: &Step) -> Vec<String> {
    let word = |event: &LogEvent| match event {
        LogEvent::Lines(lines) => lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(","),
        LogEvent::Lost(fault) | LogEvent::Refused(fault) => fault.kind.word().into(),
        other => format!("{other:?}"),
    };
    step.events.iter().map(|(event, _)| word(event)).collect()
}

impl Model {
    /// All that comes when it is looked so much later.
    fn said(&mut self, later: Duration) -> Vec<String> {
        self.now += later;
        let mut said = Vec::new();
        loop {
            let step = self.follower.step(self.now);
            said.extend(words(&step));
            if !step.again {
                return said;
            }
        }
    }
}

const SOON: Duration = Duration::from_millis(100);

#[test]
fn the_old_file_is_read_until_nobody_writes_to_it() {
    let mut model = Model::new();
    model.write("a\n");
    assert_eq!(model.said(SOON), ["Live", "a"]);
    let mut old = OpenOptions::new().append(true).open(model.path("")).unwrap();
    model.act(Act::Rename(true));
    old.write_all(b"b\n").unwrap();
    assert_eq!(model.said(SOON), ["b"]);
    model.write("d\n");
    assert_eq!(model.said(SOON), [""; 0], "another process may still write to the old one");
    old.write_all(b"c\nlast").unwrap();
    assert_eq!(model.said(SOON), ["c"]);
    assert_eq!(model.said(LINGER), ["last", "Turned(Rotated)", "d"]);
    model.act(Act::Cut);
    model.write("e\n");
    assert_eq!(model.said(SOON), ["Turned(Truncated)", "e"]);
}

#[test]
fn a_file_may_come_go_and_come_again() {
    let mut model = Model::new();
    assert_eq!((model.said(SOON), model.said(SOON)), (vec!["gone".to_owned()], vec![]));
    model.write("a\nb");
    assert_eq!(model.said(SOON), ["Live", "a"]);
    assert_eq!(model.follower.open_line().unwrap().text, "b");
    model.write("c\n");
    assert_eq!(model.said(SOON), ["bc"]);
    model.act(Act::Remove);
    assert_eq!(model.said(SOON), [""; 0], "it may be about to be replaced");
    assert_eq!((model.said(ABSENCE), model.said(ABSENCE)), (vec!["gone".to_owned()], vec![]));
    model.write("d\n");
    assert_eq!(model.said(SOON), ["Turned(Rotated)", "Live", "d"]);
}

#[test]
fn the_end_of_a_file_comes_first() {
    let path = |model: &Model| model.path("");
    for (tail, want) in [(Some(2), "c,d"), (Some(0), ""), (None, "a,b,c,d"), (Some(u32::MAX), "a,b,c,d")] {
        let mut model = Model::new();
        model.write("a\nb\nc\nd\n");
        model.follower = Follower::new(&path(&model), tail, TimeZone::UTC, CancellationToken::new());
        assert_eq!(model.said(SOON).get(1).map_or("", String::as_str), want, "{tail:?}");
        model.write("e\n");
        assert_eq!(model.said(SOON), ["e"]);
    }
    let mut model = Model::new();
    model.write("a\nhalf");
    model.follower = Follower::new(&path(&model), Some(0), TimeZone::UTC, CancellationToken::new());
    assert_eq!(model.said(SOON), ["Live"]);
    model.write(" whole\n");
    assert_eq!(model.said(SOON), ["half whole"]);
}

#[test]
fn a_line_without_end_costs_no_memory_and_does_not_hold_up_the_next_one() {
    let mut model = Model::new();
    model.write(&"x".repeat(8 << 20));
    assert_eq!(model.said(SOON), ["Live"]);
    assert!(model.follower.open_line().unwrap().cut);
    model.write("\nnext\n");
    let said = model.said(SOON).concat();
    assert!(said.len() < 70_000 && said.ends_with(",next"));
}

#[test]
fn what_is_no_text_is_refused() {
    let mut model = Model::new();
    model.write(&"\0".repeat(100));
    assert_eq!(model.said(SOON), ["unsupported"]);
}
