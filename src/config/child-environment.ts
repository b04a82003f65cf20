const passedOn = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR'];

/**
 * The environment for a server that may outlive this program: what the system needs to start it and nothing of ours, so
 * that it inherits neither secrets nor settings (PGPORT, PGOPTIONS).
 */
export function childEnvironment(additions: Record<string, string>): Record<string, string> {
  const kept = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...additions };
}
