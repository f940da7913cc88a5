// The page of a crawl. Each event is the whole state, so nothing that it misses can leave it wrong.
import { Table, bars, byId, duration, el, setText, sync, words } from '/dom.js';

const QUIET_AFTER = 45000; // The crawl says something each second, and each 15 s when it can't.

let token = null;
let stream = null;

const number = value => value.toLocaleString('en');
const share = (part, all) => (all === 0 ? '–' : `${(100 * part / all).toFixed(1)} %`);
const time = text => new Date(text).toLocaleString();

const networks = new Table(byId('networks-table'), 'Visits by network', [
  { title: 'Network', head: true, cell: item => item.name },
  { title: 'Visited', class: 'num', cell: item => number(item.visits) },
  { title: 'Reached', class: 'num', cell: item => number(item.reached) },
  { title: 'Share', class: 'num', cell: item => share(item.reached, item.visits) },
], item => item.name, 'No visit yet.');

const rounds = new Table(byId('rounds-table'), 'Past rounds', [
  { title: 'Round', head: true, cell: item => number(item.number) },
  { title: 'Ended', cell: item => time(item.ended) },
  { title: 'Took', class: 'num', cell: item => duration(item.seconds) },
  { title: 'Known', class: 'num', cell: item => number(item.addresses) },
  { title: 'Visited', class: 'num', cell: item => number(item.visits) },
  { title: 'Reached', class: 'num', cell: item => number(item.reached) },
  { title: 'Share', class: 'num', cell: item => share(item.reached, item.visits) },
], item => item.number, 'This process has ended no round yet.');

const notices = new Table(byId('notices-table'), 'Notices', [
  { title: 'Time', head: true, cell: item => time(item.time) },
  { title: 'Notice', cell: item => item.text },
], item => `${item.time} ${item.text}`, 'None.');

function show(crawl) {
  const { round, health } = crawl;
  setText(byId('network'), crawl.fleet ? `${crawl.network}, fleet ${crawl.fleet}` : crawl.network);
  setText(byId('health'), health.status);
  byId('health').className = `pill ${health.status}`;
  setText(byId('uptime'), duration(crawl.seconds));
  setText(byId('reason'), health.reason);
  setText(byId('round-title'), round ? `Round ${number(round.number)}` : 'Round');
  const done = round ? 100 * round.progress : 0;
  byId('progress').value = done;
  setText(byId('progress-text'), round ? `${done.toFixed(1)} %` : '');
  const tiles = [
    ['Visited', round ? number(round.visits) : '–'],
    ['Reached', round ? number(round.reached) : '–'],
    ['Share reached', round ? share(round.reached, round.visits) : '–'],
    ['To visit', round ? number(round.due + round.leased) : '–'],
    ['Known addresses', round ? number(round.addresses) : '–'],
    ['Under way here', number(crawl.active)],
    ['Visits a second', crawl.rate.toFixed(1)],
    ['Time left', duration(round?.secondsLeft)],
  ];
  sync(byId('tiles'), tiles, tile => tile[0],
    () => el('li', {}, el('span', { class: 'name' }), el('span', { class: 'value' })),
    (child, [name, value]) => {
      setText(child.children[0], name);
      setText(child.children[1], value);
    });
  networks.show(crawl.networks, crawl.networks.length);
  bars(byId('failures-bars'), crawl.failures.map(item => ({ name: item.name, title: words(item.name), value: item.count, tone: 'red' })), 'No failed visit yet.');
  bars(byId('agents-bars'), crawl.userAgents.map(item => ({ name: item.name, title: item.name || '(empty)', value: item.count, tone: 'blue' })), 'No node reached yet.');
  rounds.show(crawl.rounds, crawl.rounds.length);
  notices.show(crawl.notices, crawl.notices.length);
}

function showLive(isLive) {
  setText(byId('live'), isLive ? 'live' : 'no connection to the crawl, trying again');
  byId('live').classList.toggle('on', isLive);
}

async function askForToken(response) {
  const dialog = byId('token-dialog');
  if (dialog.open) return;
  setText(byId('token-error'), token === null ? '' : (await response.json()).message);
  dialog.showModal();
}

/** Takes the events out of what was read: each is a line "data: JSON" and an empty one. Returns what is left. */
function take(text) {
  const events = text.split('\n\n');
  const rest = events.pop();
  const last = events.findLast(event => event.startsWith('data: '));
  if (last) show(JSON.parse(last.slice('data: '.length)));
  return rest;
}

/** Listens until the page is closed. Uses fetch, because EventSource can't send the token. */
async function listen() {
  for (let pause = 500; ; pause = Math.min(pause * 2, 10000)) {
    stream = new AbortController();
    const reconnect = () => stream.abort();
    let quiet = setTimeout(reconnect, QUIET_AFTER);
    try {
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      const response = await fetch('/api/v1/events', { headers, signal: stream.signal });
      if (response.status === 401) await askForToken(response);
      if (response.ok) {
        if (token) sessionStorage.setItem('token', token);
        showLive(true);
        pause = 500;
        let text = '';
        for (const reader = response.body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
          const { done, value } = await reader.read();
          if (done) break;
          clearTimeout(quiet);
          quiet = setTimeout(reconnect, QUIET_AFTER);
          text = take(text + value);
        }
      }
    } catch {
      // It is tried again.
    }
    clearTimeout(quiet);
    showLive(false);
    await new Promise(resolve => setTimeout(resolve, pause));
    while (byId('token-dialog').open) await new Promise(resolve => byId('token-dialog').addEventListener('close', resolve, { once: true }));
  }
}

byId('token-form').addEventListener('submit', () => { token = byId('token').value.trim(); });

// The link that the crawl printed has the token in its fragment, which no server and no log sees; it goes from the address bar at once.
const given = new URLSearchParams(location.hash.slice(1)).get('token');
if (given) history.replaceState(null, '', location.pathname);
token = given ?? sessionStorage.getItem('token');
listen();
