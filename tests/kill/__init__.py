"""The kill harness: a run of the pipeline is killed (SIGKILL) at each of its steps in turn, and the next one must heal.

`python -m tests.kill` runs all of it, `--quick` a sample; docs/crash-safety.md says what is proved and what is not.
Later issues extend it by more inputs (`inputs`), more kinds of step (`points`) and more laws (`checks`).
"""
