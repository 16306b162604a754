package constructs

// Version is the version of the project, and of the image that it deploys by default.
const Version = "0.1.0"
