// What the page does that needs no browser.

/** A description as its introduction and its chapters. */
export const chaptersOf = (description) => {
  const [introduction, ...chapters] = description.split(/^## /m);
  return {
    introduction,
    chapters: chapters.map((chapter) => {
      const [title, ...lines] = chapter.split('\n');
      return { title, id: title.toLowerCase().replace(/\W+/g, '-'), text: lines.join('\n') };
    }),
  };
};

/** Whether a text has every word of a phrase. */
export const matches = (text, phrase) =>
  phrase
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.toLowerCase().includes(word));

/** A JSON text with the values that are known in place of their variables (`$TRIP_ID`). */
export const filled = (json, values) =>
  json.replace(/\$([A-Z]+(?:_[A-Z]+)*)/g, (variable, name) =>
    name in values ? JSON.stringify(values[name]).slice(1, -1) : variable,
  );

/** The rows of a list, also of one that stands beside other things. */
export const rowsOf = (data) => (Array.isArray(data) ? data : (Object.values(data ?? {}).find(Array.isArray) ?? []));

/** The variable that an answer fills: what was made is what the next request is about. */
export const madeBy = (method, path, data) => {
  const made = {
    '/users': 'USER_ID',
    '/fleets': 'FLEET_ID',
    '/vehicles': 'VEHICLE_ID',
    '/drivers': 'DRIVER_ID',
    '/assignments': 'ASSIGNMENT_ID',
    '/attendance/check-in': 'SHIFT_ID',
    '/trips': 'TRIP_ID',
  };
  return method === 'POST' && made[path] && data?.id ? { [made[path]]: data.id } : {};
};

const minuteMs = 60_000;

/** What needs no one to be asked for. */
export const momentsAt = (nowMs) => ({ PICKUP_TIME: new Date(nowMs + 20 * minuteMs).toISOString() });

/** Ids that a user may use, found with `ask(path)`, which answers data or nothing. */
export const idsOf = async (user, ask) => {
  const first = async (path) => rowsOf(await ask(path))[0]?.id;
  if (user.role === 'DRIVER') {
    const me = await ask('/drivers/me');
    return {
      DRIVER_ID: me?.id,
      FLEET_ID: me?.fleetId,
      HUB_ID: me?.hubId,
      VEHICLE_ID: me?.activeAssignment?.vehicleId,
      ASSIGNMENT_ID: me?.activeAssignment?.id,
      TRIP_ID: await first('/trips?limit=1'),
      SHIFT_ID: await first('/attendance/history?limit=1'),
    };
  }
  const fleet = user.fleetId ?? (await first('/fleets?status=ACTIVE&limit=1'));
  return {
    FLEET_ID: fleet,
    HUB_ID: await first(`/fleets/${fleet}/hubs?limit=1`),
    USER_ID: await first('/users?role=OPERATIONS&limit=1'),
    DRIVER_ID: await first(`/drivers/fleet/${fleet}?status=ACTIVE&limit=1`),
    VEHICLE_ID: await first(`/vehicles/fleet/${fleet}?status=ACTIVE&limit=1`),
    ASSIGNMENT_ID: await first(`/assignments/fleet/${fleet}?status=ACTIVE&limit=1`),
    TRIP_ID: await first('/admin/trips?limit=1'),
    SHIFT_ID: await first('/attendance/history?limit=1'),
  };
};
