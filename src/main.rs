//! `pult`: sets up the report of a defect and hands over to the command line.

fn main() -> std::process::ExitCode {
    // A panic is reported with what a bug report needs; the panel gives the terminal back first.
    if let Err(e) = color_eyre::install() {
        eprintln!("pult: panics will be reported without detail: {e}");
    }
    pult::cli::main()
}
