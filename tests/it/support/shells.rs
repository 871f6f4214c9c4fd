//! Shells: opened through the gate, with what their programs have printed.

use std::sync::Arc;

use pult::app::{Effect, Msg};
use pult::backends::terminal::Emulator;
use pult::domain::terminal::{End, Size, TerminalAsk, TerminalNews};

use super::Drive;

/// The number and the size of the terminal that was asked for last.
pub fn opened(drive: &mut Drive) -> (u64, Size) {
    let asked = drive.effects().into_iter().rev().find_map(|effect| match effect {
        Effect::AskTerminal { terminal, ask: TerminalAsk::Resize(size) } => Some((terminal, size)),
        _ => None,
    });
    asked.expect("no terminal was opened")
}

/// The terminal shows what these bytes come to.
pub fn prints(drive: &mut Drive, (terminal, size): (u64, Size), bytes: &[u8]) {
    let mut emulator = Emulator::new(size);
    emulator.print(bytes);
    let news = TerminalNews::Picture(Arc::new(emulator.picture()));
    drive.msg(Msg::Terminal { terminal, news });
}

pub fn ends(drive: &mut Drive, terminal: u64, end: End) {
    drive.msg(Msg::Terminal { terminal, news: TerminalNews::Ended(end) });
}

/// What was typed into terminals.
pub fn typed(drive: &mut Drive) -> Vec<u8> {
    let typed = drive.effects().into_iter().filter_map(|effect| match effect {
        Effect::AskTerminal { ask: TerminalAsk::Type(typed), .. } => Some(typed.bytes().to_vec()),
        _ => None,
    });
    typed.flatten().collect()
}
