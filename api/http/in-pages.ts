const pageRows = 500;
const rowsMax = 100_000;

/** The rows that come after another one. */
export interface After<Id> {
  take: number;
  skip: number;
  cursor?: { id: Id };
}

/** Rows of a file that is written while it is read, page by page, each as `view` shows it. Ends after 100,000 rows. */
export const inPages = async function* <Id, Row extends { id: Id }, View>(
  read: (page: After<Id>) => Promise<Row[]>,
  view: (row: Row) => View,
) {
  let page: After<Id> = { take: pageRows, skip: 0 };
  for (let sent = 0; sent < rowsMax; sent += pageRows) {
    const rows = await read(page);
    for (const row of rows) yield view(row);
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) return;
    page = { take: pageRows, skip: 1, cursor: { id: last.id } };
  }
};
