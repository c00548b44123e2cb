"""Files of videos and pictures: which there are, what is in them, how they are described."""
