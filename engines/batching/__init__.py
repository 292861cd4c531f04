"""Many runs on one model: rows with equal keys share a call."""
