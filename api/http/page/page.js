// The page of the document: a search and a login on top, then the routes, then the chapters.
import { chaptersOf, filled, idsOf, madeBy, matches, momentsAt } from './parts.js';

const json = await (await fetch('/openapi.json')).text();
const { introduction, chapters } = chaptersOf(JSON.parse(json).info.description);

const values = {};
let token = null;

/** The document as the page shows it: its chapters stand below, and what is known is filled in. */
const shown = () => {
  const document = JSON.parse(filled(json, { ...values, ...momentsAt(Date.now()) }));
  return { ...document, info: { ...document.info, description: introduction } };
};

const learn = (found) => {
  for (const [name, value] of Object.entries(found)) if (value) values[name] = value;
  ui.specActions.updateJsonSpec(shown());
};

const send = async (method, path, body) => {
  const response = await fetch(path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return response.json();
};

const plugin = ({ React }) => {
  const h = React.createElement;

  const Search = ({ specSelectors, layoutActions }) =>
    h('input', {
      type: 'search',
      placeholder: 'Search paths and summaries',
      'aria-label': 'Search',
      onChange: ({ target }) => {
        const phrase = target.value.trim();
        layoutActions.updateFilter(phrase || false);
        for (const tag of specSelectors.taggedOperations().keySeq())
          layoutActions.show(['operations-tag', tag], phrase !== '');
      },
    });

  const Login = () => {
    const [phone, setPhone] = React.useState('');
    const [code, setCode] = React.useState('');
    const [said, setSaid] = React.useState('');

    const askForCode = async () => {
      const { success, message } = await send('POST', '/auth/send-otp', { phone });
      setSaid(success ? 'The code is on its way; locally it is on the page of the SMS simulator.' : message);
    };
    const enter = async () => {
      const { success, message, data } = await send('POST', '/auth/verify-otp', { phone, otp: code });
      if (!success) return setSaid(message);
      token = data.accessToken;
      ui.preauthorizeApiKey('bearer', token);
      setSaid(`${data.user.name}, ${data.user.role}. The routes now show ids that you may use.`);
      learn({
        PHONE: phone,
        REFRESH_TOKEN: data.refreshToken,
        ...(await idsOf(data.user, async (path) => (await send('GET', path)).data)),
      });
    };
    const field = (value, set, props) =>
      h('input', { value, onChange: ({ target }) => set(target.value), ...props, 'aria-label': props.placeholder });
    const button = (text, onClick) => h('button', { type: 'button', className: 'btn', onClick }, text);

    return h(
      React.Fragment,
      null,
      field(phone, setPhone, { type: 'tel', placeholder: 'Phone' }),
      button('Send code', askForCode),
      field(code, setCode, { className: 'code', placeholder: 'Code', inputMode: 'numeric' }),
      button('Log in', enter),
      said && h('span', { className: 'said', role: 'status' }, said),
    );
  };

  const Layout = (system) => {
    const part = (name) => h(system.getComponent(name, true));
    const Markdown = system.getComponent('Markdown', true);
    const chapter = ({ title, id, text }) =>
      h('section', { className: 'chapter', id, key: id }, h('h2', null, title), h(Markdown, { source: text }));
    return h(
      'div',
      { className: 'swagger-ui' },
      h(system.getComponent('SvgAssets')),
      h(
        'div',
        { className: 'wrapper' },
        part('InfoContainer'),
        h(
          'nav',
          { className: 'chapters', 'aria-label': 'Chapters' },
          chapters.map(({ title, id }) => h('a', { href: `#${id}`, key: id }, title)),
        ),
      ),
      h(
        'div',
        { className: 'tools' },
        h(
          'form',
          { className: 'wrapper', onSubmit: (event) => event.preventDefault() },
          h(Search, system),
          h(Login),
          part('authorizeBtn'),
        ),
      ),
      h('div', { className: 'wrapper' }, part('errors'), part('operations'), chapters.map(chapter), part('Models')),
    );
  };

  const textOf = (operation, group) =>
    [group, operation.get('method'), operation.get('path'), operation.getIn(['operation', 'summary'])].join(' ');
  const opsFilter = (groups, phrase) =>
    groups
      .map((group, name) =>
        group.update('operations', (all) => all.filter((operation) => matches(textOf(operation, name), phrase))),
      )
      .filter((group) => group.get('operations').size > 0);

  return { components: { Layout }, fn: { opsFilter } };
};

const ui = SwaggerUIBundle({
  spec: shown(),
  dom_id: '#page',
  layout: 'Layout',
  plugins: [plugin],
  docExpansion: 'none',
  defaultModelsExpandDepth: -1,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
  responseInterceptor: (response) => {
    const { data } = response.body ?? {};
    const path = new URL(response.url, location.href).pathname;
    const found = response.status === 201 ? madeBy('POST', path, data) : {};
    if (Object.keys(found).length > 0) learn(found);
    return response;
  },
});
