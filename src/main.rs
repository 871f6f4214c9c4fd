//! `pult`: hands over to the command line.

fn main() -> std::process::ExitCode {
    pult::cli::main()
}
