// The page. It shows what the API says; events only tell it when to look again, so nothing that it misses can leave it wrong.
import { Table, bars, byId, duration, el, milliseconds, setText, sync, words } from '/dom.js';
import { Chart } from '/charts.js';

const MOST_SLOTS = 64;
const MOST_DECISIONS = 300;
const MOST_LISTED = 200;
const IDLE_REFRESH = 5000;
const BUSY_REFRESH = 1000;
const QUIET_AFTER = 45000; // The run says something each 15 s.

const state = {
  token: null,
  filter: 'all',
  step: 'second',
  points: [],
  decisions: [],
  lastDecision: 0,
  lastTime: 0,
  peers: [],
  overview: null,
};

// --- The API ---------------------------------------------------------------------------------------------------------------------------

class ApiError extends Error {
  constructor(status, error) {
    super(error?.message ?? `the answer was ${status}`);
    this.status = status;
    this.code = error?.code;
  }
}

async function call(method, path, body, signal) {
  const headers = {};
  if (state.token) headers.authorization = `Bearer ${state.token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(`/api/v1/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  const answer = await response.json();
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

const get = path => call('GET', path, undefined, AbortSignal.timeout(10000));

/** Makes a change that the user asked for, and tells how it went. */
async function change(method, path, body, done) {
  try {
    const answer = await call(method, path, body);
    toast(done(answer));
    refreshSoon();
    return true;
  } catch (error) {
    if (error.status === 401) lock();
    toast(error.message, true);
    return false;
  }
}

let toastTimer = 0;

function toast(text, isError = false) {
  const node = byId('toast');
  node.textContent = text;
  node.className = `toast shown${isError ? ' bad' : ''}`;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { node.className = 'toast'; }, isError ? 8000 : 4000);
}

// --- The token -------------------------------------------------------------------------------------------------------------------------

function unlock(token) {
  state.token = token;
  sessionStorage.setItem('token', token);
  showLock();
  peers.show([], 0); // Creates the rows with buttons again.
  bans.show([], 0);
  reconnect();
  refreshSoon();
}

function lock() {
  state.token = null;
  sessionStorage.removeItem('token');
  showLock();
  refreshSoon();
}

function showLock() {
  document.body.classList.toggle('unlocked', state.token !== null);
  setText(byId('unlock'), state.token === null ? 'Unlock changes' : 'Lock changes');
  for (const form of document.querySelectorAll('form.change')) form.hidden = state.token === null;
}

async function tryToken(token) {
  const before = state.token;
  state.token = token;
  try {
    await get('token');
    unlock(token);
    return null;
  } catch (error) {
    state.token = before;
    return error.message;
  }
}

/** The link that the run printed has the token in its fragment, which no server and no log sees; it goes from the address bar at once. */
async function takeTokenFromLink() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) history.replaceState(null, '', location.pathname);
  const token = given ?? sessionStorage.getItem('token');
  if (!token) return;
  const fault = await tryToken(token);
  if (fault === null) return;
  sessionStorage.removeItem('token');
  if (given) toast(fault, true);
}

function setUpLock() {
  const dialog = byId('token-dialog');
  byId('unlock').addEventListener('click', () => {
    if (state.token !== null) {
      lock();
      toast('Changes are locked.');
      return;
    }
    setText(byId('token-error'), '');
    byId('token').value = '';
    dialog.showModal();
  });
  byId('token-cancel').addEventListener('click', () => dialog.close());
  byId('token-form').addEventListener('submit', async event => {
    event.preventDefault();
    const fault = await tryToken(byId('token').value.trim());
    if (fault === null) {
      dialog.close();
      toast('Changes are unlocked in this tab.');
    } else setText(byId('token-error'), fault);
  });
}

// --- What is shown ---------------------------------------------------------------------------------------------------------------------

const num = 'num';

const peers = new Table(byId('peers-table'), 'Peers', [
  { title: 'Peer', head: true, class: 'address', cell: peer => peer.address ?? (peer.direction === 'outbound' ? 'looking for an address' : 'unknown') },
  { title: 'For', cell: peer => [words(peer.purpose), peer.group === 'default' ? null : peer.group].filter(Boolean).join(', ') },
  { title: 'State', cell: (peer, cell) => {
    cell.className = `state ${peer.state}`;
    return peer.retrySeconds === null ? peer.state : `${peer.state} ${duration(peer.retrySeconds)}`;
  } },
  { title: 'Rating', class: num, cell: (peer, cell) => {
    cell.title = (peer.ratingReasons ?? []).map(reason => `${reason.name} ${reason.weight.toFixed(1)}`).join(', ');
    return peer.rating?.toFixed(1);
  } },
  { title: 'Age', class: num, cell: peer => duration(peer.seconds) },
  { title: 'Ping', class: num, cell: peer => milliseconds(peer.pingMilliseconds) },
  { title: 'Height', class: num, cell: peer => peer.height?.toLocaleString('en') },
  { title: 'Via', cell: (peer, cell) => {
    cell.title = peer.sessionId === null ? '' : `Session id ${peer.sessionId}`;
    return peer.transport;
  } },
  { title: 'User agent', class: 'agent', cell: peer => peer.userAgent },
  { title: 'Id', class: num, cell: peer => String(peer.id) },
  { label: 'Actions', class: 'actions', cell: peerActions },
], peer => peer.id, 'No peers yet.');

function peerActions(peer, cell) {
  if (state.token === null || cell.firstChild) return undefined;
  const who = peer.address ?? `#${peer.id}`;
  cell.append(el('button', {
    type: 'button', class: 'quiet', 'aria-label': `Disconnect ${who}`,
    onclick: () => change('POST', `peers/${peer.id}/disconnect`, undefined, done => `Disconnected ${done.address ?? who}.`),
  }, 'Disconnect'));
  if (peer.kind === 'permanent') {
    cell.append(el('button', {
      type: 'button', class: 'quiet', 'aria-label': `Remove ${who} for good`,
      onclick: () => change('DELETE', `peers/${peer.id}`, undefined, done => `Removed ${done.address ?? who}.`),
    }, 'Remove'));
  }
  if (peer.address && /^[[\d]/.test(peer.address)) {
    cell.append(el('button', {
      type: 'button', class: 'quiet', 'aria-label': `Ban… ${who}: fills the form in`,
      onclick: () => {
        byId('ban-address').value = peer.address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
        byId('ban-comment').focus();
      },
    }, 'Ban…'));
  }
  return undefined;
}

const dials = new Table(byId('dials-table'), 'Dials in flight', [
  { title: 'Address', head: true, class: 'address', cell: dial => dial.address ?? 'unknown' },
  { title: 'For', cell: dial => words(dial.kind) },
  { title: 'Phase', cell: dial => dial.phase },
  { title: 'Since', class: num, cell: dial => duration(dial.seconds) },
], dial => dial.id, 'Nothing is being dialled.');

const book = new Table(byId('addresses-table'), 'Address book by network and table', [
  { title: 'Network', head: true, cell: count => count.network },
  { title: 'New', class: num, cell: count => count.new.toLocaleString('en') },
  { title: 'Tried', class: num, cell: count => count.tried.toLocaleString('en') },
  { title: 'Total', class: num, cell: count => count.total.toLocaleString('en') },
  { title: 'Quarantined', class: num, cell: count => count.quarantined.toLocaleString('en') },
  { label: 'Share tried', class: 'share', cell: (count, cell) => {
    if (!cell.firstChild) cell.append(el('meter', { min: 0, max: 1, 'aria-label': `Share of ${count.network} that was tried` }));
    cell.firstChild.value = count.total === 0 ? 0 : count.tried / count.total;
    return undefined;
  } },
], count => count.network, 'The book is empty.');

const seeds = new Table(byId('seeds-table'), 'Seeds', [
  { title: 'Seed', head: true, class: 'address', cell: seed => seed.name },
  { title: 'Gave', class: num, cell: seed => seed.failure === null ? `${seed.addresses.toLocaleString('en')} addresses` : 'nothing' },
  { title: 'Why', cell: seed => seed.failure === null ? `after ${duration(seed.seconds)}` : seed.message ?? words(seed.failure) },
], seed => seed.name, 'No seed was asked.');

const bans = new Table(byId('bans-table'), 'Bans', [
  { title: 'Banned', head: true, class: 'address', cell: ban => ban.address },
  { title: 'Until', cell: ban => new Date(ban.until).toLocaleString() },
  { title: 'Cause', cell: ban => ban.cause },
  { title: 'Why', class: 'agent', cell: ban => ban.comment },
  { label: 'Actions', class: 'actions', cell: banActions },
], ban => ban.address, 'No bans.');

function banActions(ban, cell) {
  if (state.token === null || cell.firstChild) return undefined;
  cell.append(el('button', {
    type: 'button', class: 'quiet', 'aria-label': `Take back the ban of ${ban.address}`,
    onclick: () => change('DELETE', `bans?address=${encodeURIComponent(ban.address)}`, undefined, done => `${done.address} is not banned any more.`),
  }, 'Take back'));
  return undefined;
}

const failed = (...causes) => point => causes.reduce((sum, cause) => sum + (point.failed[cause] ?? 0), 0);
const OWN_COLOUR = ['timeout', 'refused', 'unreachable', 'protocolViolation'];
const others = point => Object.entries(point.failed).reduce((sum, [cause, count]) => OWN_COLOUR.includes(cause) ? sum : sum + count, 0);
const time = (value, isTick) => isTick && value >= 1000 ? `${value / 1000} s` : milliseconds(value);

const grid = byId('chart-grid');
const charts = [
  new Chart(grid, { title: 'Fill', kind: 'lines', series: [
    { title: 'automatic', tone: 'good', value: point => point.automatic, isArea: true },
    { title: 'target', tone: 'plain', value: point => point.target, isDashed: true },
    { title: 'inbound', tone: 'blue', value: point => point.inbound },
    { title: 'dialling', tone: 'orange', value: point => point.dialing },
  ] }),
  new Chart(grid, { title: 'Churn', kind: 'bars', series: [
    { title: 'connected', tone: 'good', value: point => point.connected },
    { title: 'ended', tone: 'red', value: point => point.disconnected, isBelow: true },
  ] }),
  new Chart(grid, { title: 'Outcomes of dials', kind: 'bars', series: [
    { title: 'connected', tone: 'good', value: point => point.connected },
    { title: 'given up', tone: 'plain', value: point => point.givenUp },
    { title: 'timeout', tone: 'orange', value: failed('timeout') },
    { title: 'refused', tone: 'blue', value: failed('refused') },
    { title: 'unreachable', tone: 'purple', value: failed('unreachable') },
    { title: 'protocol', tone: 'red', value: failed('protocolViolation') },
    { title: 'other', tone: 'dark', value: others },
  ] }),
  new Chart(grid, { title: 'Latency', kind: 'lines', format: time, series: [
    { title: 'connect, median', tone: 'blue', value: point => point.connectMedian, isSparse: true },
    { title: 'connect, 9 in 10', tone: 'orange', value: point => point.connectNinth, isSparse: true },
    { title: 'ping, median', tone: 'good', value: point => point.pingMedian, isSparse: true },
  ] }),
];

function showOverview(overview) {
  const { health, inbound, tally } = overview;
  setText(byId('network'), overview.network);
  const pill = byId('health');
  setText(pill, { healthy: 'full', degraded: 'filling', unhealthy: 'no peers' }[health.status]);
  pill.className = `pill ${health.status}`;
  setText(byId('reason'), overview.outage ? `${health.reason} Only probing until there is an answer.` : health.reason);
  setText(byId('uptime'), duration(overview.seconds));
  if (hasGroups(overview)) byId('target-form').hidden = true;
  document.title = `${health.automatic}/${health.target} connmgr ${overview.network}`;

  const all = overview.addresses.at(-1);
  showTiles([
    ['Automatic', `${health.automatic} / ${health.target}`],
    health.permanentWanted > 0 ? ['Permanent', `${health.permanent} / ${health.permanentWanted}`] : null,
    overview.listening.length > 0 || health.inbound > 0 ? ['Inbound', inbound.max === null ? health.inbound : `${health.inbound} / ${inbound.max}`] : null,
    ['Dials in flight', overview.dialing],
    ['Addresses', all.total.toLocaleString('en')],
    ['Tried', all.tried.toLocaleString('en')],
    ['Quarantined', all.quarantined.toLocaleString('en')],
    ['Bans', overview.bans.toLocaleString('en')],
  ].filter(Boolean));

  showOutcomes(tally);
  book.show(overview.addresses.filter(count => count.total + count.quarantined > 0), 0);
  setText(byId('addresses-count'), all.total.toLocaleString('en'));
  seeds.show(overview.seeds, 0);
  showTor(overview.tor);
  showI2P(overview.i2P);
  showInbound(inbound, health.inbound, overview.listening);
  showExternal(overview.externalAddresses, overview.portMappings);
  showProblems([...overview.problems, ...(inbound.flooded ? ['There is a flood of inbound connections: some are refused by lot.'] : [])]);
}

function showTiles(tiles) {
  sync(byId('tiles'), tiles, ([name]) => name,
    ([name]) => el('li', {}, el('span', { class: 'value' }), el('span', { class: 'name' }, name)),
    (child, [, value]) => setText(child.firstChild, String(value)));
}

function showOutcomes(tally) {
  bars(byId('outcomes'), [
    { name: 'connected', value: tally.connected, tone: 'good' },
    ...Object.entries(tally.failed).sort((a, b) => b[1] - a[1]).map(([cause, value]) => ({ name: cause, title: words(cause), value, tone: 'red' })),
    { name: 'given up', value: tally.givenUp, tone: 'plain', why: tally.givenUp > 0 ? 'Another dial was faster, or the slot was taken.' : '' },
  ], 'Nothing was dialled yet.');
}

function showTor(tor) {
  const parts = tor === null ? [] : [
    el('h3', {}, 'Tor'),
    el('p', {}, tor.connected ? `Connected to Tor ${tor.version ?? ''}.` : `Not connected to Tor: ${tor.failure ?? 'not yet'}.`),
    tor.onionAddress === null ? null : el('p', {}, 'Our onion address: ', el('code', {}, tor.onionAddress), tor.published ? ' (others can find it)' : ' (not published yet)'),
  ].filter(Boolean);
  byId('tor').replaceChildren(...parts);
}

function showExternal(addresses, mappings) {
  const list = addresses.map(own => el('li', {}, el('code', {}, own.address), ` (${own.origins.map(words).join(', ')}; score ${own.score})`));
  const ports = (mappings ?? []).map(port => el('li', {}, el('code', {}, port.external), ' to ', el('code', {}, port.local),
    ` (${words(port.method)} at ${port.gateway}${port.public ? '' : '; behind another NAT, so nobody can connect'})`));
  byId('external').replaceChildren(
    ...(list.length === 0 ? [] : [el('h3', {}, 'Reachable at'), el('ul', {}, ...list)]),
    ...(mappings === null ? [] : [el('h3', {}, 'Mapped ports'), ports.length === 0 ? el('p', { class: 'empty' }, 'No port is mapped.') : el('ul', {}, ...ports)]));
}

function showI2P(i2p) {
  const parts = i2p === null ? [] : [
    el('h3', {}, 'I2P'),
    el('p', {}, i2p.connected ? 'The I2P router has a session.' : `The I2P router has no session: ${i2p.failure ?? 'not yet'}.`),
    i2p.address === null ? null : el('p', {}, 'Our I2P address: ', el('code', {}, i2p.address)),
  ].filter(Boolean);
  byId('i2p').replaceChildren(...parts);
}

function showInbound(inbound, count, listening) {
  setText(byId('inbound-count'), inbound.max === null ? String(count) : `${count} of ${inbound.max}`);
  const map = byId('inbound-map');
  if (inbound.netgroups.length === 0) {
    const why = listening.length === 0 ? 'This run does not listen: start it with --listen to be reached.' : `No peers yet. Listening at ${listening.join(', ')}.`;
    map.replaceChildren(el('p', { class: 'empty' }, why));
  } else {
    let list = map.querySelector('ul');
    if (!list) map.replaceChildren(list = el('ul', { class: 'map' }), el('p', { class: 'more' }));
    const most = inbound.netgroups[0].peers;
    sync(list, inbound.netgroups, group => group.group,
      group => el('li', {}, el('span', { class: 'name' }, group.group), el('span', { class: 'value' })),
      (child, group) => {
        child.className = `heat${Math.ceil(4 * group.peers / most)}`;
        child.style.flexGrow = group.peers;
        setText(child.lastChild, String(group.peers));
      });
    setText(map.querySelector('.more'), inbound.moreNetgroups > 0 ? `and ${inbound.moreNetgroups} more netgroups` : '');
  }
  bars(byId('refusals'), [
    ...inbound.refused.map(refused => ({ name: refused.cause, title: words(refused.cause), value: refused.count, tone: 'orange', why: refused.explanation })),
    ...(inbound.evicted > 0 ? [{ name: '-evicted', title: 'evicted for others', value: inbound.evicted, tone: 'red', why: 'The least useful ones made room.' }] : []),
  ], `No connections were refused; ${inbound.accepted.toLocaleString('en')} accepted.`);
}

function showProblems(problems) {
  const node = byId('problems');
  const text = problems.join(' ');
  node.hidden = text === '';
  setText(node, text);
}

const hasGroups = overview => overview.groups.length !== 1 || overview.groups[0].name !== 'default';

function showSlots(overview, items) {
  const { health } = overview;
  const connected = items.filter(peer => peer.state === 'connected');
  const dialing = items.filter(peer => peer.kind === 'automatic' && peer.state === 'connecting').length || overview.dialing;
  const rows = [
    ...(hasGroups(overview)
      ? overview.groups.map(group => ({
        key: `group ${group.name}`, name: group.name, wanted: group.target, count: group.connected, dialing: group.attempts, peers: connected.filter(peer => peer.group === group.name),
      }))
      : [{ name: 'Automatic', wanted: health.target, count: health.automatic, dialing, peers: connected.filter(peer => peer.kind === 'automatic') }]),
    { name: 'Permanent', wanted: health.permanentWanted, count: health.permanent, dialing: health.permanentWanted, peers: connected.filter(peer => peer.kind === 'permanent') },
  ].filter(row => row.wanted > 0);
  sync(byId('slotrows'), rows, row => row.key ?? row.name, row => el('div', { class: 'slotrow' },
    el('h3', {}, row.name), el('ul', { class: 'slots' }), el('progress', {})), (node, row) => {
    const [title, list, progress] = node.children;
    const label = `${row.name}: ${row.count} of ${row.wanted} connected`;
    setText(title, `${row.name} ${row.count} of ${row.wanted}`);
    list.hidden = row.wanted > MOST_SLOTS;
    progress.hidden = !list.hidden;
    progress.setAttribute('aria-label', label);
    [progress.max, progress.value] = [row.wanted, Math.min(row.count, row.wanted)];
    list.setAttribute('aria-label', label);
    if (list.hidden) return;
    const slots = Array.from({ length: Math.max(row.wanted, row.count) }, (_, i) => {
      if (i < row.count) return { peer: row.peers[i], kind: 'taken' };
      return { kind: i - row.count < row.dialing ? 'dialing' : 'vacant' };
    });
    sync(list, slots.map((slot, i) => ({ ...slot, i })), slot => slot.i, () => el('li', {}, el('span', { class: 'main' }), el('span', { class: 'sub' })), (child, slot) => {
      child.className = slot.kind;
      const text = slot.peer?.address ?? { taken: 'connected', dialing: 'dialling', vacant: 'vacant' }[slot.kind];
      setText(child.firstChild, text);
      setText(child.lastChild, slot.peer ? `${slot.peer.purpose === 'anchor' ? 'anchor, ' : ''}${duration(slot.peer.seconds)}${slot.peer.pingMilliseconds === null ? '' : `, ${milliseconds(slot.peer.pingMilliseconds)}`}` : '');
    });
  });
}

const WHAT = { connected: 'connected', moved: 'moved', disconnected: 'ended', failed: 'failed', givenUp: 'given up', refused: 'refused', outage: 'outage', notice: 'notice' };

function showDecisions() {
  const shown = state.decisions.filter(one => state.filter === 'all' || one.tone === state.filter).slice(-MOST_DECISIONS).reverse();
  sync(byId('decision-list'), shown, one => one.number, one => el('li', { class: one.tone },
    el('span', { class: 'what' }, WHAT[one.what] ?? one.what),
    el('span', { class: 'who' }, [one.purpose && words(one.purpose), one.id === null ? null : `#${one.id}`].filter(Boolean).join(' ')),
    el('code', { class: 'address' }, one.address ?? ''),
    el('time', { datetime: one.time }, new Date(one.time).toLocaleTimeString()),
    el('p', { class: 'why' }, why(one))), () => {});
  byId('decision-list').dataset.empty = shown.length === 0 ? 'Nothing of that kind yet.' : '';
}

function why(one) {
  const cause = [one.phase, one.cause && words(one.cause)].filter(Boolean).join(', ');
  const took = one.milliseconds === null ? '' : ` after ${milliseconds(one.milliseconds)}`;
  const head = cause ? `${cause}${took}: ` : '';
  const detail = one.detail === null || one.detail === one.explanation ? '' : one.what === 'connected' ? one.detail : ` (${one.detail})`;
  return `${head}${one.explanation ?? ''}${detail}`;
}

// --- Keeping up ------------------------------------------------------------------------------------------------------------------------

let refreshing = null;
let timer = 0;
let lastRefresh = 0;
let isWanted = false;

function refreshSoon() {
  isWanted = true;
  if (refreshing) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, Math.max(lastRefresh + BUSY_REFRESH - performance.now(), 0));
}

async function refresh() {
  if (refreshing) return;
  clearTimeout(timer);
  isWanted = false;
  const begun = performance.now();
  refreshing = load();
  await refreshing;
  refreshing = null;
  // A run with thousands of peers, or a slow machine, is asked less often.
  lastRefresh = performance.now() + 4 * Math.max(performance.now() - begun - 200, 0);
  if (isWanted) refreshSoon();
  else timer = setTimeout(refresh, IDLE_REFRESH);
}

async function load() {
  try {
    const step = state.step;
    const [overview, peerPage, dialPage, banPage, decisions, history] = await Promise.all([
      get('overview'), get(`peers?limit=${MOST_LISTED}`), get('dials?limit=50'), get(`bans?limit=${MOST_LISTED}`),
      get(`decisions?after=${state.lastDecision}`), get(`history?step=${step}&after=${state.lastTime}`),
    ]);
    if (overview.seconds < (state.overview?.seconds ?? 0)) forget(); // Another run: what was remembered is not its own.
    state.overview = overview;
    state.peers = peerPage.items;
    take(decisions.items);
    if (step === state.step) takePoints(history);
    showOverview(overview);
    showSlots(overview, peerPage.items);
    const listed = peerPage.items.filter(peer => peer.state === 'connected' || peer.kind !== 'automatic'); // The others are among the dials.
    const hidden = peerPage.items.length - listed.length;
    peers.show(listed, peerPage.total - hidden);
    setText(byId('peers-count'), String(peerPage.total - hidden));
    dials.show(dialPage.items, dialPage.total);
    setText(byId('dials-count'), String(dialPage.total));
    bans.show(banPage.items, banPage.total);
    setText(byId('bans-count'), banPage.total.toLocaleString('en'));
    showDecisions();
  } catch (error) {
    if (error.status === 401 && !byId('token-dialog').open) {
      setText(byId('token-error'), error.message);
      byId('token-dialog').showModal();
    }
  }
}

function forget() {
  [state.decisions, state.points, state.lastDecision, state.lastTime] = [[], [], 0, 0];
  refreshSoon();
}

function take(items) {
  if (items.length === 0) return;
  state.decisions = [...state.decisions, ...items].slice(-1000);
  state.lastDecision = items.at(-1).number;
}

function takePoints({ stepSeconds, points }) {
  if (points.length > 0) state.lastTime = points.at(-1).time;
  const most = stepSeconds === 1 ? 900 : 1440;
  state.points = [...state.points, ...points].slice(-most);
  for (const chart of charts) chart.show(state.points, stepSeconds, most * stepSeconds);
}

let stream = null;

function reconnect() {
  stream?.abort();
}

/** Listens for events until the page is closed, and refreshes after each. Uses fetch, because EventSource can't send the token. */
async function listen() {
  for (let pause = 500; ; pause = Math.min(pause * 2, 10000)) {
    stream = new AbortController();
    let quiet = setTimeout(reconnect, QUIET_AFTER);
    try {
      const headers = state.token ? { authorization: `Bearer ${state.token}` } : {};
      const response = await fetch('/api/v1/events', { headers, signal: stream.signal });
      if (response.ok) {
        showLive(true);
        refreshSoon();
        pause = 500;
        for (const reader = response.body.getReader(); ;) {
          const { done } = await reader.read();
          if (done) break;
          clearTimeout(quiet);
          quiet = setTimeout(reconnect, QUIET_AFTER);
          refreshSoon();
        }
      }
    } catch {
      // It is tried again.
    }
    clearTimeout(quiet);
    showLive(false);
    await new Promise(resolve => setTimeout(resolve, pause));
  }
}

function showLive(isLive) {
  setText(byId('live'), isLive ? 'live' : 'no connection to the run, trying again');
  byId('live').classList.toggle('on', isLive);
}

// --- What the user does ----------------------------------------------------------------------------------------------------------------

function onSubmit(id, send) {
  byId(id).addEventListener('submit', async event => {
    event.preventDefault();
    const form = event.currentTarget;
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      if (await send(Object.fromEntries(new FormData(form)), form)) form.reset();
    } finally {
      button.disabled = false;
    }
  });
}

function setUpForms() {
  onSubmit('ban-form', ({ address, seconds, comment }) =>
    change('POST', 'bans', { address: address.trim(), seconds: Number(seconds), comment: comment.trim() || null }, done => `${done.ban.address} is banned until ${new Date(done.ban.until).toLocaleString()}.`));
  onSubmit('connect-form', ({ address, permanent }) =>
    change('POST', 'peers', { address: address.trim(), permanent: permanent === 'on' }, done => done.connected
      ? `Connected to ${done.address}.`
      : `${done.address}: ${[done.phase, words(done.cause)].join(', ')}${done.message ? ` (${done.message})` : ''}.${done.kind === 'permanent' ? ' It is tried again.' : ''}`));
  onSubmit('target-form', ({ target }) => change('PUT', 'target', { target: Number(target) }, done => `The target is ${done.target}, and was ${done.previous}.`));
  for (const input of document.querySelectorAll('input[name=filter]')) {
    input.addEventListener('change', () => {
      state.filter = input.value;
      showDecisions();
    });
  }
  for (const input of document.querySelectorAll('input[name=span]')) {
    input.addEventListener('change', () => {
      [state.step, state.points, state.lastTime] = [input.value, [], 0];
      refreshSoon();
    });
  }
}

const THEMES = { '': ['◐', 'as the system'], light: ['☀', 'light'], dark: ['☾', 'dark'] };

function setUpTheme() {
  const show = theme => {
    document.documentElement.dataset.theme = theme;
    setText(byId('theme'), THEMES[theme][0]);
    byId('theme').setAttribute('aria-label', `Colours: ${THEMES[theme][1]}`);
  };
  show(localStorage.getItem('theme') in THEMES ? localStorage.getItem('theme') : '');
  byId('theme').addEventListener('click', () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length];
    localStorage.setItem('theme', next);
    show(next);
  });
}

setUpTheme();
setUpLock();
setUpForms();
showLock();
document.addEventListener('visibilitychange', () => { if (!document.hidden) refreshSoon(); });
takeTokenFromLink().finally(() => {
  refreshSoon();
  listen();
});
