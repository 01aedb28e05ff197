"""The office's voice: clips built ahead, joined to one PCM stream at the call, played in order without overlap."""
