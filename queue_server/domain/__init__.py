"""The rules of the queue. Pure: state + command + now → events; time, ids and randomness are arguments."""
