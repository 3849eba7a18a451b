"""The files of detectors: each module recognises and reads one format."""
