//! Going somewhere: to a time, to the next hit of the search, also beyond what is held.

use jiff::Timestamp;

use super::view::LogView;
use super::work::SLICE_NS;
use crate::domain::log::LogAnchor;
use crate::logs::book::Lane;
use crate::logs::search::Pattern;
use crate::panes::{Context, Request};

/// A hit is waited for that long, nanoseconds.
const WAIT_NS: u64 = 20_000_000;

impl LogView {
    /// Goes to a time: at once when it is held, else everything is read again around it.
    pub(super) fn go_to_time(&mut self, at: Timestamp, cx: &Context) -> Vec<Request> {
        let held = self.complete_since().is_some_and(|since| since <= at);
        let newer = self.anchor != LogAnchor::End && self.book.newest().is_some_and(|newest| newest < at);
        if (held || !self.has_older()) && !newer {
            let index = self.book.at_time(at);
            self.travel(cx, |v, book, page, height| v.show(index, book, page, height));
            return vec![Request::Visited];
        }
        self.read_around(at)
    }

    /// Everything is read again around a time.
    pub(super) fn read_around(&mut self, at: Timestamp) -> Vec<Request> {
        self.seek = Some(at);
        self.seek_last = None;
        self.anchor = LogAnchor::Time(at);
        self.reread();
        vec![Request::Visited]
    }

    /// True when a source is known to have lines before those held.
    pub(super) fn has_older(&self) -> bool {
        self.lanes().any(Lane::has_older)
    }

    /// New lines have come: the time that was gone to may be among them.
    pub(super) fn seek_on(&mut self, cx: &Context) -> Vec<Request> {
        if let Some(at) = self.seek
            && !self.book.is_empty()
        {
            let last = self.seek_last.as_ref().and_then(|source| self.last_words(source, at));
            let index = last.unwrap_or_else(|| self.book.at_time(at));
            self.travel(cx, |v, book, page, height| v.show(index, book, page, height));
            // Other sources may still come, or lines wait for them; the place is the reader's as soon as a key
            // moves it.
            if index < self.book.len() && self.unread.is_empty() {
                self.seek = None;
            }
        }
        Vec::new()
    }

    /// Searches; an empty text ends it. A pattern that is not valid yet says so and finds nothing.
    pub fn search_for(&mut self, text: &str, cx: &Context) {
        if text != self.search_text {
            self.search_text = text.to_owned();
            self.give_finds_up();
            let pattern = (!text.is_empty()).then(|| Pattern::parse(text)).transpose();
            self.search_fault = pattern.as_ref().err().cloned();
            self.pattern = pattern.unwrap_or_default();
            self.book.set_search(self.pattern.clone());
            self.book.search(SLICE_NS);
        }
        self.settle(cx);
    }

    pub(super) fn next_match(&mut self, forward: bool, cx: &Context) -> Vec<Request> {
        let Some(pattern) = &self.pattern else {
            return vec![Request::Notice("nothing is searched; / searches".to_owned())];
        };
        // What is being searched still is waited for a moment: a key may be faster than a slice of work.
        self.book.search(WAIT_NS);
        let from = self.viewport.cursor;
        let found = if forward { self.book.hit_after(from) } else { self.book.hit_before(from) };
        match found {
            Some(index) => {
                self.travel(cx, |v, book, page, height| v.show(index, book, page, height));
                Vec::new()
            }
            None if forward => vec![Request::Notice("no hit below".to_owned())],
            None => {
                let pattern = pattern.clone();
                self.retry_older();
                self.find_beyond(&pattern)
            }
        }
    }
}
