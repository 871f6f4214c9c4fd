//! The binary as scripts see it: outputs and exit codes.
