import 'reflect-metadata';

import { runCommandLine } from './program.js';

// Not process.exit: what is still to be printed into a pipe would be lost.
process.exitCode = await runCommandLine(process.argv.slice(2));
