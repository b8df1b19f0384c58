"""The training: epochs, stopping rules, schedules, restarts. Knows the network, and no scikit-learn."""
