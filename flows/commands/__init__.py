"""The subcommands of `storywire`, a module each."""
