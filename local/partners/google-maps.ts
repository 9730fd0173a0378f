import type { Request, RequestHandler, Response } from 'express';
import { findPlace, formattedAddress, kilometresBetween, nearestPlace, suggestPlaces } from './places.ts';
import type { Place, Point } from './places.ts';
import { startSimulator } from './simulator.ts';
import type { Address } from './simulator.ts';

const roadFactor = 1.3;
const cityKilometres = 50;
const cityKilometresPerHour = 32;
const highwayKilometresPerHour = 60;

/**
 * Stands in for Google Maps: routes, geocoding and autocomplete with Google's shapes, for the places of `places.ts`.
 * Answers are computed, so the same question always gets the same answer.
 */
export const startGoogleMaps = (address: Address) =>
  startSimulator(
    {
      title: 'Maps simulator',
      hint: 'Answers routes, geocoding and autocomplete for places in and around Delhi and for large cities.',
      routes: (app) => {
        app.post('/directions/v2\\:computeRoutes', computeRoutes);
        app.get('/maps/api/geocode/json', requireKey, geocode);
        app.get('/maps/api/place/autocomplete/json', requireKey, autocomplete);
      },
      refuse,
    },
    address,
  );

const computeRoutes: RequestHandler = (request, response) => {
  if (!keyOf(request))
    return routesError(response, 403, 'PERMISSION_DENIED', 'The request is missing a valid API key.');
  if (!request.headers['x-goog-fieldmask']) {
    return routesError(response, 400, 'INVALID_ARGUMENT', 'FieldMask is a required parameter.');
  }
  const body = request.body as { origin?: unknown; destination?: unknown } | undefined;
  const origin = pointOf(body?.origin);
  const destination = pointOf(body?.destination);
  if (!origin || !destination)
    return routesError(response, 400, 'INVALID_ARGUMENT', 'Origin and destination must be set.');
  if (!isInIndia(origin) || !isInIndia(destination)) return void response.json({});

  const kilometres = kilometresBetween(origin, destination) * roadFactor;
  const duration = `${drivingSeconds(kilometres)}s`;
  response.json({ routes: [{ distanceMeters: Math.round(kilometres * 1000), duration, staticDuration: duration }] });
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

const geocode: RequestHandler = (request, response) => {
  const address = textOf(request.query['address']);
  if (!address) return void response.json({ status: 'INVALID_REQUEST', results: [] });
  const found = locate(address);
  response.json(found ? { status: 'OK', results: [geocodeResult(found)] } : { status: 'ZERO_RESULTS', results: [] });
};

const autocomplete: RequestHandler = (request, response) => {
  const input = textOf(request.query['input']);
  if (!input) return void response.json({ status: 'INVALID_REQUEST', predictions: [] });
  const predictions = suggestPlaces(input).map(prediction);
  response.json({ status: predictions.length > 0 ? 'OK' : 'ZERO_RESULTS', predictions });
};

const requireKey: RequestHandler = (request, response, next) => {
  if (keyOf(request)) return next();
  response.json({ status: 'REQUEST_DENIED', error_message: 'You must use an API key.', results: [], predictions: [] });
};

const refuse: RequestHandler = (request, response) => {
  if (request.path.startsWith('/directions'))
    return routesError(response, 429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.');
  response.json({ status: 'OVER_QUERY_LIMIT', error_message: 'Quota exceeded.', results: [], predictions: [] });
};

const routesError = (response: Response, code: number, status: string, message: string) => {
  response.status(code).json({ error: { code, message, status } });
};

const keyOf = (request: Request) => request.query.key || request.headers['x-goog-api-key'];

const pointOf = (waypoint: unknown): Point | undefined => {
  const { latitude, longitude } = (waypoint as Waypoint | undefined)?.location?.latLng ?? {};
  return typeof latitude === 'number' && typeof longitude === 'number' ? { lat: latitude, lng: longitude } : undefined;
};
type Waypoint = { location?: { latLng?: { latitude?: unknown; longitude?: unknown } } };

const isInIndia = ({ lat, lng }: Point) => lat > 6 && lat < 37.5 && lng > 68 && lng < 97.5;

const drivingSeconds = (kilometres: number) => {
  const inCity = Math.min(kilometres, cityKilometres);
  return Math.round((inCity / cityKilometresPerHour + (kilometres - inCity) / highwayKilometresPerHour) * 3600);
};

/** Reads "28.61,77.2" as that very point with the address of the nearest place, and anything else as an address. */
const locate = (address: string): Place | undefined => {
  const [, lat, lng] = /^(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)$/.exec(address) ?? [];
  if (!lat || !lng) return findPlace(address);
  const point = { lat: Number(lat), lng: Number(lng) };
  const nearest = isInIndia(point) ? nearestPlace(point) : undefined;
  return nearest && { ...nearest, ...point };
};

const geocodeResult = (place: Place) => ({
  place_id: placeId(place),
  formatted_address: formattedAddress(place),
  geometry: { location: { lat: place.lat, lng: place.lng }, location_type: 'APPROXIMATE' },
  types: ['political'],
  address_components: [
    component(place.name, place.name === place.locality ? [] : ['sublocality', 'political']),
    component(place.locality, ['locality', 'political']),
    component(place.district, ['administrative_area_level_2', 'political']),
    component(place.state, ['administrative_area_level_1', 'political']),
    component('India', ['country', 'political']),
    component(place.postalCode, ['postal_code']),
  ].filter((part) => part.types.length > 0 && part.long_name),
});

const component = (name: string | undefined, types: string[]) => ({ long_name: name, short_name: name, types });

const prediction = (place: Place) => {
  const [mainText, ...rest] = formattedAddress(place).split(', ');
  return {
    description: formattedAddress(place),
    place_id: placeId(place),
    structured_formatting: { main_text: mainText, secondary_text: rest.join(', ') },
  };
};

const placeId = ({ name, district }: Place) => `sim_${Buffer.from(`${name}|${district}`).toString('base64url')}`;
