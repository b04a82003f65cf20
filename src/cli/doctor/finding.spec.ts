import { Findings, masked, reportLines } from './finding.js';

describe('masked', () => {
  it('takes out secrets and whatever could be a number, and leaves dates, ports and fingerprints', () => {
    const text = 'key s3cr3t-key of +85267000011 at db:5432, 2026-11-22, AB:CD:12:34';
    expect(masked(text, ['s3cr3t-key', ''])).toBe('key (secret) of (number) at db:5432, 2026-11-22, AB:CD:12:34');
  });
});

describe('reportLines', () => {
  it('has a line for each finding, what to do below it, and a sum', () => {
    const findings = new Findings('clock');
    findings.ok('in step');
    findings.warn('5 s off', 'set it by NTP');
    findings.fail('67000011 off', 'set it');
    expect(reportLines('title', findings.all, [])).toEqual([
      'title',
      'OK    clock          in step',
      'WARN  clock          5 s off',
      '                     -> set it by NTP',
      'FAIL  clock          (number) off',
      '                     -> set it',
      '1 OK, 1 WARN, 1 FAIL',
    ]);
  });
});
