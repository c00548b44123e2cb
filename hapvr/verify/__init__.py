"""Whether results come out the same when they are made again: by the other engine, another day, on another machine."""
