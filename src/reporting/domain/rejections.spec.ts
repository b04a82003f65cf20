import { Rejections, type RouteReport } from './rejections.js';

const reports = (count: number, rejected: boolean, routeId = 1, attemptId = 'a'): RouteReport[] =>
  Array.from({ length: count }, () => ({ routeId, attemptId, rejected }));

describe('rejections', () => {
  it('stop a route when half of at least twenty reports are such', () => {
    const rejections = new Rejections();
    expect(rejections.note(reports(19, true)).stop).toEqual([]);
    expect(rejections.note(reports(1, true)).stop).toEqual([1]);
    expect(rejections.note(reports(15, true, 2)).stop).toEqual([]);
  });

  it('do not stop one that serves most of what it is given, nor for what lies long back', () => {
    const rejections = new Rejections();
    expect(rejections.note([...reports(60, false), ...reports(40, true)]).stop).toEqual([]);
    rejections.note(reports(100, false));
    expect(rejections.note(reports(30, true)).stop).toEqual([]);
    expect(rejections.note(reports(20, true)).stop).toEqual([1]);
  });

  it('are forgotten when a route is opened again', () => {
    const rejections = new Rejections();
    rejections.note(reports(20, true));
    rejections.forget(1);
    expect(rejections.note(reports(1, true)).stop).toEqual([]);
  });

  it('name the latest attempt that was served', () => {
    const { served } = new Rejections().note([
      ...reports(1, false, 1, 'b'),
      ...reports(1, false),
      ...reports(1, true, 1, 'c'),
    ]);
    expect(served).toEqual([{ routeId: 1, attemptId: 'b' }]);
  });
});
