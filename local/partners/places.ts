export type Point = { lat: number; lng: number };

/** One place as Google knows it. `locality` is missing where Google leaves it out; `words` are further names people use. */
export type Place = Point & {
  name: string;
  locality?: string;
  district: string;
  state: string;
  postalCode: string;
  words: string[];
};

type Region = Pick<Place, 'locality' | 'district' | 'state'>;

const delhi = (district: string): Region => ({ locality: 'New Delhi', district, state: 'Delhi' });
const gurugram: Region = { locality: 'Gurugram', district: 'Gurugram', state: 'Haryana' };
const faridabad: Region = { locality: 'Faridabad', district: 'Faridabad', state: 'Haryana' };
const noida: Region = { locality: 'Noida', district: 'Gautam Buddha Nagar', state: 'Uttar Pradesh' };
const greaterNoida: Region = { ...noida, locality: 'Greater Noida' };
const noidaExtension: Region = { district: 'Gautam Buddha Nagar', state: 'Uttar Pradesh' };
const ghaziabad: Region = { locality: 'Ghaziabad', district: 'Ghaziabad', state: 'Uttar Pradesh' };
const bengaluru: Region = { locality: 'Bengaluru', district: 'Bengaluru Urban', state: 'Karnataka' };
const city = (locality: string, district: string, state: string): Region => ({ locality, district, state });

const place = (
  name: string,
  region: Region,
  postalCode: string,
  lat: number,
  lng: number,
  ...words: string[]
): Place => ({
  ...region,
  name,
  postalCode,
  lat,
  lng,
  words,
});

/** Delhi and its neighbours by landmark, the rest of the country by city. Whole cities stand in for any address in them. */
const places: Place[] = [
  place('New Delhi', delhi('New Delhi'), '110001', 28.6139, 77.209, 'delhi'),
  place(
    'Indira Gandhi International Airport Terminal 3',
    delhi('South West Delhi'),
    '110037',
    28.5562,
    77.1,
    'igi airport',
    'delhi airport',
    'igi t3',
    'airport t3',
    'airport terminal 3',
    'indira gandhi international airport',
  ),
  place(
    'Indira Gandhi International Airport Terminal 1',
    delhi('South West Delhi'),
    '110037',
    28.5605,
    77.119,
    'igi airport t1',
    'igi t1',
    'delhi airport t1',
    'airport terminal 1',
  ),
  place('Aerocity', delhi('South West Delhi'), '110037', 28.5487, 77.1208),
  place('Connaught Place', delhi('New Delhi'), '110001', 28.6315, 77.2167, 'rajiv chowk'),
  place('India Gate', delhi('New Delhi'), '110001', 28.6129, 77.2295),
  place('New Delhi Railway Station', delhi('Central Delhi'), '110006', 28.6424, 77.2203, 'ndls'),
  place('Karol Bagh', delhi('Central Delhi'), '110005', 28.6514, 77.1907),
  place('Chandni Chowk', delhi('Central Delhi'), '110006', 28.6506, 77.2303),
  place('Hauz Khas', delhi('South Delhi'), '110016', 28.5494, 77.2001),
  place('Saket', delhi('South Delhi'), '110017', 28.5245, 77.2066),
  place('Lajpat Nagar', delhi('South East Delhi'), '110024', 28.5677, 77.2433),
  place('Nehru Place', delhi('South East Delhi'), '110019', 28.5494, 77.2517),
  place('Vasant Kunj', delhi('South West Delhi'), '110070', 28.5293, 77.1539),
  place('Dwarka Sector 21', delhi('South West Delhi'), '110077', 28.5522, 77.0583, 'dwarka'),
  place('Rohini', delhi('North West Delhi'), '110085', 28.7383, 77.0822),
  place('Anand Vihar', delhi('East Delhi'), '110092', 28.6469, 77.3161),
  place('Gurugram', gurugram, '122001', 28.4595, 77.0266, 'gurgaon'),
  place('Cyber Hub', gurugram, '122002', 28.495, 77.0895, 'cyberhub', 'dlf cyber city'),
  place('MG Road', gurugram, '122002', 28.4795, 77.0806),
  place('Golf Course Road', gurugram, '122011', 28.4421, 77.1025),
  place('IFFCO Chowk', gurugram, '122007', 28.4722, 77.0724),
  place('Manesar', city('Manesar', 'Gurugram', 'Haryana'), '122051', 28.3515, 76.9428),
  place('Noida', noida, '201301', 28.5355, 77.391),
  place('Sector 18', noida, '201301', 28.5708, 77.3261, 'atta market'),
  place('Sector 62', noida, '201309', 28.6273, 77.3725),
  place('Noida City Centre', noida, '201301', 28.5747, 77.356, 'sector 32'),
  place('Greater Noida', greaterNoida, '201310', 28.4744, 77.504),
  place('Pari Chowk', greaterNoida, '201310', 28.4646, 77.5111),
  place('Noida Extension', noidaExtension, '201306', 28.6046, 77.4377, 'greater noida west', 'gaur city'),
  place('Faridabad', faridabad, '121001', 28.4089, 77.3178),
  place('Badkhal Mor', faridabad, '121002', 28.4206, 77.3095),
  place('Ghaziabad', ghaziabad, '201001', 28.6692, 77.4538),
  place('Indirapuram', ghaziabad, '201014', 28.6415, 77.3714),
  place('Vaishali', ghaziabad, '201010', 28.6501, 77.3398),
  place('Jaipur', city('Jaipur', 'Jaipur', 'Rajasthan'), '302001', 26.9124, 75.7873),
  place('Agra', city('Agra', 'Agra', 'Uttar Pradesh'), '282001', 27.1767, 78.0081),
  place('Taj Mahal', city('Agra', 'Agra', 'Uttar Pradesh'), '282001', 27.1751, 78.0421),
  place('Mathura', city('Mathura', 'Mathura', 'Uttar Pradesh'), '281001', 27.4924, 77.6737),
  place('Meerut', city('Meerut', 'Meerut', 'Uttar Pradesh'), '250001', 28.9845, 77.7064),
  place('Lucknow', city('Lucknow', 'Lucknow', 'Uttar Pradesh'), '226001', 26.8467, 80.9462),
  place('Panipat', city('Panipat', 'Panipat', 'Haryana'), '132103', 29.3909, 76.9635),
  place('Chandigarh', city('Chandigarh', 'Chandigarh', 'Chandigarh'), '160017', 30.7333, 76.7794),
  place('Amritsar', city('Amritsar', 'Amritsar', 'Punjab'), '143001', 31.634, 74.8723),
  place('Dehradun', city('Dehradun', 'Dehradun', 'Uttarakhand'), '248001', 30.3165, 78.0322),
  place('Haridwar', city('Haridwar', 'Haridwar', 'Uttarakhand'), '249401', 29.9457, 78.1642),
  place('Rishikesh', city('Rishikesh', 'Dehradun', 'Uttarakhand'), '249201', 30.0869, 78.2676),
  place('Shimla', city('Shimla', 'Shimla', 'Himachal Pradesh'), '171001', 31.1048, 77.1734),
  place('Mumbai', city('Mumbai', 'Mumbai', 'Maharashtra'), '400001', 19.076, 72.8777),
  place('Bengaluru', bengaluru, '560001', 12.9716, 77.5946, 'bangalore'),
  place('MG Road', bengaluru, '560001', 12.9756, 77.6066),
  place(
    'Kempegowda International Airport',
    bengaluru,
    '560300',
    13.1986,
    77.7066,
    'bengaluru airport',
    'bangalore airport',
  ),
];

/** The address as Google writes it, with the last-but-one comma part naming the state and the postal code. */
export const formattedAddress = ({ name, locality, district, state, postalCode }: Place) =>
  [...new Set([name, locality ?? district]), `${state} ${postalCode}`, 'India'].join(', ');

/**
 * The place that an address means: the landmark with the longest name whose words are all there, or else the first city. A
 * landmark of another city than the named one does not count, so "Sector 18, Gurugram" is not the one of Noida.
 */
export const findPlace = (address: string): Place | undefined => {
  const words = wordsOf(address);
  const found = places
    .map((candidate) => ({ candidate, name: longestName(candidate, words) }))
    .filter(({ name }) => name.length > 0)
    .sort((a, b) => b.name.length - a.name.length || words.indexOf(a.name[0] ?? '') - words.indexOf(b.name[0] ?? ''))
    .map(({ candidate }) => candidate);
  const cities = found.filter(isCity);
  const isThere = (landmark: Place) => cities.length === 0 || cities.some((named) => isWithin(landmark, named));
  return found.find((candidate) => !isCity(candidate) && isThere(candidate)) ?? cities[0];
};

const isCity = ({ name, locality }: Place) => name === locality;

const isWithin = (landmark: Place, named: Place) =>
  landmark.locality ? landmark.locality === named.locality : landmark.district === named.district;

/** The words of the longest of a place's names that the address contains. */
const longestName = ({ name, words }: Place, address: string[]): string[] =>
  [name, ...words]
    .map(wordsOf)
    .filter((wanted) => wanted.every((word) => address.includes(word)))
    .reduce((longest, other) => (other.length > longest.length ? other : longest), []);

/** Places for which every typed word begins one of theirs, best known first. */
export const suggestPlaces = (input: string): Place[] => {
  const typed = wordsOf(input);
  const begins = ({ name, words, locality, district, state }: Place) => {
    const known = wordsOf([name, ...words, locality, district, state].join(' '));
    return typed.every((word) => known.some((other) => other.startsWith(word)));
  };
  return typed.length > 0 ? places.filter(begins).slice(0, 5) : [];
};

export const nearestPlace = (point: Point): Place | undefined =>
  places.toSorted((a, b) => kilometresBetween(a, point) - kilometresBetween(b, point))[0];

/** Great-circle distance. */
export const kilometresBetween = (a: Point, b: Point): number => {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (from: number, to: number) => Math.sin(radians(to - from) / 2) ** 2;
  const chord = half(a.lat, b.lat) + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * half(a.lng, b.lng);
  return 2 * 6371 * Math.asin(Math.sqrt(chord));
};

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
