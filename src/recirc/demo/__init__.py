"""The sample newspaper, and the simulated readers who click through it."""
