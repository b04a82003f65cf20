import * as fc from 'fast-check';

// The same cases in every run: what fails here fails for everybody. The long run looks for new ones, and prints the seed of what fails.
if (process.env.TEST_SIZE !== 'long') fc.configureGlobal({ seed: 20260101 });
