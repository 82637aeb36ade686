"""What host and worker share: frames, packed inputs, job and reply types. Pure: no system calls."""
