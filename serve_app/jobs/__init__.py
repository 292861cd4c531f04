"""One kernel for all applications: accepting a job, following it, and the stores behind both."""
