"""Tables that name images with their labels: files beside the images, or one in memory."""
