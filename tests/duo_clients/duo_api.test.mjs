// Duo's own client for Node.js, with version 2 and version 5 signatures, over HTTPS and under Duo's real host names.
//
// The client trusts only Duo's authorities and knows no port but 443, so the connection (and nothing of the request)
// is led to the simulator. What a call did is looked up in the simulator's world, not believed from the answer.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, beforeEach, describe, test } from 'node:test'

import duo from '@duosecurity/duo_api'

import { end, start } from '../children.mjs'

const connect = https.request
let facts, simulator, folder

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'duo-node-'))
  simulator = start(process.env.DUO_SIMULATOR, ['--ca-dir', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: simulator.stdout })
  facts = JSON.parse((await once(lines, 'line'))[0])
  const port = new URL(facts.https_url).port
  const ca = readFileSync(facts.ca_file)
  https.request = (options, answered) => {
    assert.match(options.host, /^api-[0-9a-f]{8}\.duosecurity\.com$/)
    return connect({ ...options, host: '127.0.0.1', port, ca, servername: options.host }, answered)
  }
})

after(async () => {
  https.request = connect
  await end(simulator)
  rmSync(folder, { recursive: true })
})

beforeEach(() => control('POST', 'reset'))

async function control (method, path, body) {
  const answer = await fetch(`${facts.control_url}/${path}`, { method, body: body && JSON.stringify(body) })
  const said = await answer.json()
  return answer.status === 404 ? null : said
}

const user = (name, account) =>
  control('GET', `users/${encodeURIComponent(name)}${account ? `?account=${encodeURIComponent(account)}` : ''}`)

async function last (method, path) {
  const { requests } = await control('GET', `record?method=${method}&path=${path}`)
  return requests.at(-1)
}

for (const [version, signature] of [[duo.SIGNATURE_VERSION_2, 'v2/sha512'], [duo.SIGNATURE_VERSION_5, 'v5/sha512']]) {
  describe(`version ${version}`, () => {
    function caller (kind, { index = 0, host, skey } = {}) {
      const keys = facts.applications.filter(application => application.kind === kind)[index]
      const client = new duo.Client(keys.ikey, skey ?? keys.skey, host ?? keys.host, version)
      const call = (method, path, params = {}) =>
        new Promise(resolve => client.jsonApiCall(method, path, params, resolve))
      // What Duo said yes to.
      call.fine = async (method, path, params) => {
        const answer = await call(method, path, params)
        assert.equal(answer.stat, 'OK', JSON.stringify(answer))
        return answer.response
      }
      call.refused = async (code, method, path, params) => {
        const answer = await call(method, path, params)
        assert.deepEqual([answer.stat, answer.code], ['FAIL', code], JSON.stringify(answer))
      }
      call.client = client
      return call
    }

    test('check says the time, and how it was signed is seen', async () => {
      const auth = caller('auth')
      const { time } = await auth.fine('GET', '/auth/v2/check')
      assert.ok(Math.abs(time - Date.now() / 1000) < 10)
      const seen = await last('GET', '/auth/v2/check')
      assert.deepEqual([seen.signature, seen.host, seen.listener, seen.outcome],
        [signature, auth.client.host, 'https', 200])
    })

    test('a wrong secret, a wrong kind and a missing right are refused and change nothing', async () => {
      await caller('admin', { skey: 'x'.repeat(40) }).refused(40103, 'POST', '/admin/v1/users', { username: 'nope' })
      await caller('auth').refused(40301, 'POST', '/admin/v1/users', { username: 'nope' })
      await caller('admin', { index: 1 }).refused(40301, 'POST', '/admin/v1/users', { username: 'nope' })
      assert.equal(await user('nope'), null)
    })

    test('a user from the first day to the last', async () => {
      const admin = caller('admin')
      const names = { realname: "Zoë O'Neil (she/her)!", notes: '100% *sure* & a+b=c ~', email: 'zoe@example.com' }
      const made = await admin.fine('POST', '/admin/v1/users', { username: 'zoe', ...names, alias1: 'zoë', status: 'bypass' })
      let seen = await user('zoë')
      assert.equal(seen.user_id, made.user_id)
      for (const [field, value] of Object.entries(names)) assert.equal(seen[field], value, field)
      assert.equal(seen.status, 'bypass')
      await admin.refused(40003, 'POST', '/admin/v1/users', { username: 'ZOE' })

      await admin.fine('POST', `/admin/v1/users/${made.user_id}`, { status: 'disabled', notes: '' })
      seen = await user('zoe')
      assert.deepEqual([seen.status, seen.notes, seen.realname], ['disabled', '', names.realname])
      assert.deepEqual(await admin.fine('GET', `/admin/v1/users/${made.user_id}`), pick(seen, made))

      assert.equal(await admin.fine('DELETE', `/admin/v1/users/${made.user_id}`), '')
      assert.equal(await user('zoe'), null)
      await admin.refused(40401, 'GET', `/admin/v1/users/${made.user_id}`)
      assert.equal((await last('DELETE', `/admin/v1/users/${made.user_id}`)).signature, signature)
    })

    test('pages are followed to the end', async () => {
      const admin = caller('admin')
      const found = []
      let offset = 0
      let calls = 0
      while (offset !== undefined) {
        const page = await admin('GET', '/admin/v1/users', { offset: String(offset), limit: '60' })
        found.push(...page.response.map(one => one.user_id))
        calls += 1
        offset = page.metadata.next_offset
        assert.equal(page.metadata.total_objects, 250)
      }
      assert.equal(found.length, (await control('GET', 'counts')).users)
      assert.equal(new Set(found).size, found.length)
      assert.equal(calls, 5)
      const short = await admin('GET', '/admin/v1/users', { limit: '60', offset: '240' })
      assert.deepEqual([short.response.length, short.metadata], [10, { total_objects: 250, prev_offset: 180 }])
    })

    test('a log is followed by its cursor, with a filter of several values', async () => {
      const admin = caller('admin')
      const wanted = [(await user('jdoe')).user_id, (await user('mrossi')).user_id].sort()
      const within = { mintime: String(Date.now() - 40 * 86400e3), maxtime: String(Date.now() + 60e3), limit: '3' }
      const rows = []
      let cursor
      do {
        const params = { ...within, users: wanted, ...(cursor && { next_offset: cursor.join(',') }) }
        const page = await admin.fine('GET', '/admin/v2/logs/authentication', params)
        rows.push(...page.authlogs)
        cursor = page.metadata.next_offset
        if (!cursor) assert.equal(rows.length, page.metadata.total_objects)
      } while (cursor)
      assert.ok(rows.length > 3)
      assert.deepEqual([...new Set(rows.map(row => row.user.key))].sort(), wanted)
      assert.equal(new Set(rows.map(row => row.txid)).size, rows.length)
    })

    test('lists in a body, and many users in one call', async () => {
      const admin = caller('admin')
      const users = JSON.stringify([{ username: 'b1', realname: 'B Eins' }, { username: 'b2' }])
      const made = await admin.fine('POST', '/admin/v1/users/bulk_create', { users })
      assert.deepEqual([(await user('b1')).user_id, (await user('b2')).user_id], made.map(one => one.user_id))
      await admin.refused(40003, 'POST', '/admin/v1/users/bulk_create',
        { users: JSON.stringify([{ username: 'b3' }, { username: 'b1' }]) })
      assert.equal(await user('b3'), null, 'all or none')
      const ids = JSON.stringify(made.map(one => one.user_id))
      await admin.fine('POST', '/admin/v1/users/bulk_send_to_trash', { user_id_list: ids })
      assert.deepEqual([(await user('b1')).status, (await user('b2')).status], Array(2).fill('pending deletion'))
      await admin.fine('POST', '/admin/v1/users/bulk_restore', { user_id_list: ids })
      assert.deepEqual([(await user('b1')).status, (await user('b2')).status], Array(2).fill('disabled'))
    })

    test('groups, phones and bypass codes hang on a user and come off again', async () => {
      const admin = caller('admin')
      const id = (await user('jdoe')).user_id
      const group = await admin.fine('POST', '/admin/v1/groups', { name: 'Night shift', status: 'bypass' })
      await admin.fine('POST', `/admin/v1/users/${id}/groups`, { group_id: group.group_id })
      assert.equal((await user('jdoe')).effective_status, 'bypass')
      await admin.fine('DELETE', `/admin/v1/users/${id}/groups/${group.group_id}`)
      assert.equal((await user('jdoe')).effective_status, 'active')

      const phone = await admin.fine('POST', '/admin/v1/phones', { number: '+1 202 555 0142', type: 'mobile' })
      await admin.fine('POST', `/admin/v1/users/${id}/phones`, { phone_id: phone.phone_id })
      assert.deepEqual((await control('GET', `phones/${phone.phone_id}`)).users.map(one => one.user_id), [id])
      await admin.fine('DELETE', `/admin/v1/phones/${phone.phone_id}`)
      assert.equal(await control('GET', `phones/${phone.phone_id}`), null)
      assert.ok(!(await user('jdoe')).phones.some(one => one.phone_id === phone.phone_id))

      const codes = await admin.fine('POST', `/admin/v1/users/${id}/bypass_codes`, { count: '2', reuse_count: '3' })
      assert.deepEqual([codes.length, (await user('jdoe')).bypass_codes], [2, 2])
      const [kept] = (await control('GET', 'bypass_codes')).bypass_codes
      await admin.fine('DELETE', `/admin/v1/bypass_codes/${kept.bypass_code_id}`)
      assert.equal((await user('jdoe')).bypass_codes, 1)
    })

    test('a push is followed from its start to what somebody pressed', async () => {
      const auth = caller('auth')
      for (const [action, result, failures] of [['deny', 'deny', 1], ['approve', 'allow', 0]]) {
        const { txid } = await auth.fine('POST', '/auth/v2/auth',
          { username: 'mrossi', factor: 'push', device: 'auto', async: '1', pushinfo: 'from=Night%20desk&a=(b)!' })
        assert.equal((await auth.fine('GET', '/auth/v2/auth_status', { txid })).result, 'waiting')
        const poll = auth.fine('GET', '/auth/v2/auth_status', { txid })
        await control('POST', 'press', { txid, action })
        assert.equal((await poll).result, result)
        const login = (await control('GET', 'logins')).logins.find(one => one.txid === txid)
        assert.deepEqual(login.state, { final: result })
        assert.equal(login.request.pushinfo, 'from=Night%20desk&a=(b)!')
        assert.equal((await user('mrossi')).failures, failures)
      }
    })

    test('children are made, asked at their own host, and deleted', async () => {
      const accounts = caller('accounts')
      const made = await accounts.fine('POST', '/accounts/v1/account/create', { name: 'Ünder Ltd (new)' })
      const children = async () => (await control('GET', 'accounts')).children
      assert.equal((await children()).find(one => one.account_id === made.account_id).name, 'Ünder Ltd (new)')
      assert.ok((await accounts.fine('POST', '/accounts/v1/account/list')).some(one => one.account_id === made.account_id))

      const child = caller('accounts', { host: made.api_hostname })
      const of = { account_id: made.account_id }
      await child.fine('POST', '/admin/v1/users', { ...of, username: 'first' })
      assert.ok(await user('first', 'Ünder Ltd (new)'))
      assert.equal(await user('first'), null, 'not in the parent')
      assert.equal((await child.fine('GET', '/admin/v1/users', of)).length, 1)
      const before = (await control('GET', 'accounts')).parent.credits
      await child.fine('POST', '/admin/v1/billing/telephony_credits', { ...of, credits: '7' })
      assert.equal((await control('GET', 'accounts')).parent.credits, before - 7)
      await child.fine('POST', '/admin/v1/billing/edition', { ...of, edition: 'BEYOND' })
      assert.equal((await children()).find(one => one.account_id === made.account_id).edition, 'BEYOND')

      assert.equal(await accounts.fine('POST', '/accounts/v1/account/delete', of), '')
      assert.equal((await children()).length, 3)
    })

    test('too many calls are made again after a pause', async () => {
      await control('POST', 'faults', { kind: 'rate_limit', path: '/admin/v1/users', method: 'POST' })
      const began = Date.now()
      await caller('admin').fine('POST', '/admin/v1/users', { username: 'patient' })
      assert.ok(Date.now() - began >= 1000)
      assert.ok(await user('patient'))
      const { requests } = await control('GET', 'record?method=POST&path=/admin/v1/users')
      assert.deepEqual(requests.map(one => one.outcome), [42901, 200])
    })

    if (version === duo.SIGNATURE_VERSION_5) {
      test('JSON bodies carry numbers and truth values', async () => {
        const admin = caller('admin')
        const id = (await user('jdoe')).user_id
        const codes = `/admin/v1/users/${id}/bypass_codes`
        await admin.fine('POST', codes, { count: 3, valid_secs: 600 })
        await admin.fine('POST', codes, { count: 2, preserve_existing: true })
        assert.equal((await user('jdoe')).bypass_codes, 5)
        await admin.fine('POST', codes, { count: 2, preserve_existing: false })
        assert.equal((await user('jdoe')).bypass_codes, 2)
        assert.deepEqual((await last('POST', codes)).params, { count: 2, preserve_existing: false })
      })

      test('applications are shown to version 5', async () => {
        const shown = await caller('admin').fine('GET', '/admin/v3/integrations', { limit: '2', offset: '0' })
        const held = (await control('GET', 'applications')).map(one => one.ikey)
        assert.deepEqual(shown.map(one => one.integration_key), held.slice(0, 2))
      })
    } else {
      test('applications are kept from version 2', async () => {
        await caller('admin').refused(40103, 'GET', '/admin/v3/integrations')
      })
    }
  })
}

/** The fields of `whole` that `like` has, without what only the control endpoints tell. */
function pick (whole, like) {
  return Object.fromEntries(Object.keys(like).map(field => [field, whole[field]]))
}
