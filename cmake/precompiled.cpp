// Has nothing of its own: its target precompiles the headers that other targets reuse.
