import { type AppPolicy, checkRouteAllowed, checkSenderAllowed, defaultRouteOf, UNRESTRICTED } from './app-policy.js';

const routes = [{ name: 'R1' }, { name: 'R2' }, { name: 'R3' }];
const allowing = (policy: Partial<AppPolicy>): AppPolicy => ({ ...UNRESTRICTED, ...policy });
const mayUse = (allowedRoutes: string[], route: string): boolean => {
  try {
    checkRouteAllowed(allowing({ allowedRoutes }), route, route === 'R1');
    return true;
  } catch (error) {
    expect(error).toMatchObject({ kind: 'forbidden', code: 'route_not_allowed' });
    return false;
  }
};

describe('routes of an app', () => {
  it.each([
    [[], 'R1', ['R1']],
    [['R2', 'R3'], 'R2', ['R2', 'R3']],
    [['*'], 'R1', ['R1', 'R2', 'R3']],
    [['gone'], undefined, []],
  ])('%j: default %s, allowed %j', (allowedRoutes, byDefault, allowed) => {
    expect(defaultRouteOf(allowing({ allowedRoutes }), routes)?.name).toBe(byDefault);
    expect(routes.map(({ name }) => name).filter((name) => mayUse(allowedRoutes, name))).toEqual(allowed);
  });
});

describe('senders of an app', () => {
  it('are those that it lists, and always the default of the provider account', () => {
    const policy = allowing({ allowedSenders: ['Shop'] });
    expect(() => checkSenderAllowed(policy, 'Shop')).not.toThrow();
    expect(() => checkSenderAllowed(allowing({ allowedSenders: [] }), undefined)).not.toThrow();
    expect(() => checkSenderAllowed(UNRESTRICTED, 'Whatever')).not.toThrow();
    for (const sender of ['shop', 'Bank', '*']) {
      expect(() => checkSenderAllowed(policy, sender)).toThrow(expect.objectContaining({ code: 'sender_not_allowed' }));
    }
  });
});
