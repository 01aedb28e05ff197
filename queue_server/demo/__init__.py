"""The played lobby of `up --demo`: simulated citizens and clerks, speaking MQTT like everybody else."""
