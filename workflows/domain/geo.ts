/** Degrees, WGS84. */
export interface Point {
  lat: number;
  lng: number;
}

/** Source: trips.md rule 20. */
const earthRadiusMeters = 6_371_000;

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Great-circle distance. */
export const distanceMeters = (from: Point, to: Point): number => {
  const half = (delta: number) => Math.sin(radians(delta) / 2) ** 2;
  const a = half(to.lat - from.lat) + Math.cos(radians(from.lat)) * Math.cos(radians(to.lat)) * half(to.lng - from.lng);
  return 2 * earthRadiusMeters * Math.asin(Math.min(1, Math.sqrt(a)));
};

/** Both coordinates or no point: half a position is none, and zero is a legal value. */
export const point = (lat: number | null | undefined, lng: number | null | undefined): Point | null =>
  typeof lat === 'number' && typeof lng === 'number' ? { lat, lng } : null;

/** The names that maps providers use, and ours. Source: trips.md rule 2. */
export const cityAliases: Record<string, string> = {
  'NEW DELHI': 'DELHI',
  GURUGRAM: 'GURGAON',
  'GAUTAM BUDDHA NAGAR': 'NOIDA',
  'GAUTAM BUDH NAGAR': 'NOIDA',
  'GREATER NOIDA': 'NOIDA',
  BENGALURU: 'BANGALORE',
};

const delhiDistrict = /^(NORTH|SOUTH|EAST|WEST|CENTRAL|NORTH EAST|NORTH WEST|SOUTH EAST|SOUTH WEST) DELHI$/;

/** The canonical upper-case name of a city. */
export const canonicalCity = (name: string): string => {
  const upper = name.trim().replace(/\s+/g, ' ').toUpperCase();
  return delhiDistrict.test(upper) ? 'DELHI' : (cityAliases[upper] ?? upper);
};
