import { expect, test } from '@jest/globals';
import { canonicalCity, distanceMeters } from '../../workflows/domain/geo.ts';

test('a degree of latitude is 111.2 km on the sphere of the contract', () => {
  expect(distanceMeters({ lat: 0, lng: 77 }, { lat: 1, lng: 77 })).toBeCloseTo(111_194.93, 1);
});

test.each([
  ['New Delhi', 'DELHI'],
  ['south west delhi', 'DELHI'],
  ['Gurugram', 'GURGAON'],
  ['Gautam Buddha Nagar', 'NOIDA'],
  ['Jaipur', 'JAIPUR'],
])('the map provider says %s and we mean %s', (said, meant) => {
  expect(canonicalCity(said)).toBe(meant);
});
