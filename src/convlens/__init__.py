"""convlens: what an image classifier sees, how far the image can move before the answer changes, how to mend it."""
