namespace Connmgr.Fleet;

/// <summary>The scripts of a <see cref="RedisFrontier"/>.</summary>
/// <remarks>
/// <para>
/// KEYS of all: the state of the fleet, and a hash of the frontier: its round, the start of it, the counts, and the calls that ended the last
/// rounds. Its other keys have the same prefix: e:N the entries, and the number of addresses of each host, in 32,768 small hashes, which Redis
/// packs; groups, that of each netgroup; d:TIME the addresses that are due at a time, a list for each of these few times; times, the sorted
/// set of them; leases, the tokens, and ends, their ends; a:GROUP the addresses that wait for their netgroup, waking the times at which groups
/// are looked at, and pace their next visits; records. Times are microseconds.
/// </para>
/// <para>
/// Redis asks that scripts declare their keys, so that a cluster finds the node that has them. Most names here are built of what Redis holds,
/// so they can't be declared. It works on a cluster since all have the hash tag of the declared ones, and so the same slot.
/// </para>
/// <para>
/// An entry is 14 bytes: the services, the failures, 1 if it was visited, 4 bytes of its netgroup. After a visit 8 more are the token of its
/// lease, so that a result which comes again, because its answer was lost, is known. ARGV of all: the prefix, the ms for which renewals only
/// are accepted beyond what the fleet asks for (in tests with a colon and a time in microseconds instead of the server's), and what each script says.
/// </para>
/// </remarks>
internal static class FrontierScripts
{
    // The rules are those of FrontierTable. After an outage all leases have ended by the clock, but their holders may not know: they have
    // one lease period to renew them. Not so in a frontier that is new, or has lost its data.
    private const string Common = """
        local prefix, extra, stopped = ARGV[1], string.match(ARGV[2], '^(%d+):?(%d*)$')
        extra = tonumber(extra)
        local open = tonumber(redis.call('HGET', KEYS[1], 'open') or now + 1)
        local t = tonumber(stopped) or clock[1] * 1000000 + clock[2]
        local head = redis.call('HMGET', KEYS[2], 'round', 'start', 'fresh', 'count', 'aside')
        if not head[1] then
            redis.call('HSET', KEYS[2], 'round', 1, 'start', t, 'fresh', open)
            head = { 1, t, open, 0, 0 }
        end
        local round, start, count, aside = tonumber(head[1]), tonumber(head[2]), tonumber(head[4] or 0), tonumber(head[5] or 0)
        if tonumber(head[3]) ~= open then open = open + extra end
        local settles = now < open
        local leases, ends, times, waking, pace, records, groups = prefix .. 'leases', prefix .. 'ends', prefix .. 'times', prefix .. 'waking', prefix .. 'pace', prefix .. 'records', prefix .. 'groups'
        local function host(member) return string.sub(member, 1, -3) end
        local function bucket(member) return prefix .. 'e:' .. tonumber(string.sub(redis.sha1hex(host(member)), 1, 4), 16) % 32768 end
        local function create(key, member, entry)
            redis.call('HSET', key, member, entry)
            redis.call('HINCRBY', key, host(member), 1)
            redis.call('HINCRBY', groups, string.sub(entry, 11, 14), 1)
        end
        local function remove(key, member, entry)
            redis.call('HDEL', key, member)
            if redis.call('HINCRBY', key, host(member), -1) <= 0 then redis.call('HDEL', key, host(member)) end
            local group = string.sub(entry, 11, 14)
            if redis.call('HINCRBY', groups, group, -1) <= 0 then redis.call('HDEL', groups, group) end
        end
        local function hasRoom(key, field, max) return max == 0 or tonumber(redis.call('HGET', key, field) or 0) < max end
        local function restore(key, member, token, entry)
            if not settles or token == '0' or redis.call('HEXISTS', key, member) == 1 then return false end
            create(key, member, entry)
            redis.call('HINCRBY', KEYS[2], 'count', 1)
            return true
        end
        local function put(member, time)
            local text = string.format('%.0f', time)
            if redis.call('RPUSH', prefix .. 'd:' .. text, member) == 1 then redis.call('ZADD', times, text, text) end
        end
        local function expire()
            if settles then return end
            local ended = redis.call('ZRANGEBYSCORE', ends, '-inf', t, 'LIMIT', 0, 2000)
            for i = 1, #ended do
                redis.call('ZREM', ends, ended[i])
                redis.call('HDEL', leases, ended[i])
                put(ended[i], start)
            end
        end
        local function due()
            local sum = 0
            local lists = redis.call('ZRANGEBYSCORE', times, '-inf', start)
            for i = 1, #lists do sum = sum + redis.call('LLEN', prefix .. 'd:' .. lists[i]) end
            return sum
        end
        local function held(member, token)
            if redis.call('HGET', leases, member) ~= token then return false end
            return settles or tonumber(redis.call('ZSCORE', ends, member) or 0) > t
        end
        local function isOver() return t >= start and count > 0 and aside == 0 and due() == 0 and redis.call('ZCARD', ends) == 0 end

        """;

    /// <summary>The script that adds addresses. Then: the most addresses, of all, of a host and of a netgroup, and for each its member, services and group. Returns the number of new ones.</summary>
    public static FleetScript Add { get; } = new(Common + """
        local max, maxOfHost, maxOfGroup, added = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), 0
        for i = 6, #ARGV, 3 do
            local member, services = ARGV[i], ARGV[i + 1]
            local key = bucket(member)
            local entry = redis.call('HGET', key, member)
            if not entry then
                if count + added < max and hasRoom(key, host(member), maxOfHost) and hasRoom(groups, ARGV[i + 2], maxOfGroup) then
                    create(key, member, services .. '\0\0' .. ARGV[i + 2])
                    put(member, start)
                    added = added + 1
                end
            elseif string.sub(entry, 1, 8) == '\0\0\0\0\0\0\0\0' and services ~= '\0\0\0\0\0\0\0\0' then
                redis.call('HSET', key, member, services .. string.sub(entry, 9))
            end
        end
        if added > 0 then redis.call('HINCRBY', KEYS[2], 'count', added) end
        return added
        """);

    /// <summary>
    /// The script that leases addresses. Then: the most, the lease, interval and tolerance of the pace of all and of a group, the failures
    /// after which an address is removed, the most addresses. Returns the time after which to ask again, the round, 1 if it is over, and for each lease its
    /// member, token and entry.
    /// </summary>
    public static FleetScript Lease { get; } = new(Common + """
        if settles then return { (open - now) * 1000, round, 0 } end
        expire()
        if t < start then return { start - t, round, 0 } end
        local max, period, allI, allT, groupI, groupT, failures, most =
            tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
        local more = redis.call('HMGET', KEYS[2], 'visit', 'token')
        local visit, token = tonumber(more[1] or 0), tonumber(more[2] or 0)
        local setAside, removed, wasAside, list = 0, 0, aside, nil

        local function take()
            if not list then
                local time = redis.call('ZRANGEBYSCORE', times, '-inf', start, 'LIMIT', 0, 1)[1]
                if not time then return nil end
                list = time
            end
            local member = redis.call('LPOP', prefix .. 'd:' .. list)
            if redis.call('LLEN', prefix .. 'd:' .. list) == 0 then
                redis.call('ZREM', times, list)
                list = nil
            end
            return member
        end

        local function takeWaking()
            while true do
                local group = redis.call('ZRANGEBYSCORE', waking, '-inf', t, 'LIMIT', 0, 1)[1]
                if not group then return nil end
                redis.call('ZREM', waking, group)
                local queue, member = prefix .. 'a:' .. group, nil
                local nextVisit, waiting = tonumber(redis.call('HGET', pace, group) or t), redis.call('LLEN', queue)
                if waiting > 0 and nextVisit - groupT <= t then
                    member = redis.call('LPOP', queue)
                    waiting, aside = waiting - 1, aside - 1
                    nextVisit = math.max(nextVisit, t) + groupI
                    redis.call('HSET', pace, group, nextVisit)
                end
                if waiting > 0 then redis.call('ZADD', waking, nextVisit - groupT, group)
                elseif nextVisit > t then redis.call('ZADD', waking, nextVisit, group)
                else redis.call('HDEL', pace, group) end
                if member then return member end
            end
        end

        -- The group's pace allows it now; otherwise the address waits for the group.
        local function mayVisit(member, group)
            local nextVisit = tonumber(redis.call('HGET', pace, group) or -1)
            if nextVisit < 0 then
                redis.call('HSET', pace, group, t + groupI)
                redis.call('ZADD', waking, t + groupI, group)
                return true
            end
            local queue = prefix .. 'a:' .. group
            if redis.call('LLEN', queue) > 0 or nextVisit - groupT > t then
                redis.call('RPUSH', queue, member)
                aside = aside + 1
                redis.call('ZADD', waking, 'LT', nextVisit - groupT, group)
                return false
            end
            redis.call('HSET', pace, group, math.max(nextVisit, t) + groupI)
            return true
        end

        local function getEntry(member)
            local key = bucket(member)
            local entry = redis.call('HGET', key, member)
            local limit = count - removed >= most * 0.9 and math.min(2, failures) or failures
            if entry and string.byte(entry, 9) >= limit then
                remove(key, member, entry)
                removed = removed + 1
                return nil
            end
            return entry
        end

        local function takeNext()
            while groupI > 0 do
                local member = takeWaking()
                if not member then break end
                local entry = getEntry(member)
                if entry then return member, entry end
            end
            while setAside < 1000 do
                local member = take()
                if not member then return nil end
                local entry = getEntry(member)
                if entry and (groupI == 0 or mayVisit(member, string.sub(entry, 11, 14))) then return member, entry end
                setAside = setAside + 1
            end
            return nil
        end

        local given = {}
        while #given < max and (allI == 0 or visit - allT <= t) do
            local member, entry = takeNext()
            if not member then break end
            if allI > 0 then visit = math.max(visit, t) + allI end
            token = math.max(token + 1, clock[1] * 1000000 + clock[2])
            local text = string.format('%.0f', token)
            redis.call('HSET', leases, member, text)
            redis.call('ZADD', ends, t + period, member)
            given[#given + 1] = { member, text, entry }
        end
        count = count - removed
        redis.call('HSET', KEYS[2], 'visit', visit, 'token', token, 'aside', aside)
        if removed > 0 then redis.call('HINCRBY', KEYS[2], 'count', -removed) end

        local waits, over = nil, 0
        if #given == max then waits = 0
        elseif isOver() then waits, over = 0, 1
        else
            local at = math.huge
            if due() > 0 then at = t end
            if aside > 0 then at = math.min(at, tonumber(redis.call('ZRANGE', waking, 0, 0, 'WITHSCORES')[2] or t)) end
            if at < math.huge and allI > 0 then at = math.max(at, visit - allT) end
            local first = redis.call('ZRANGE', ends, 0, 0, 'WITHSCORES')[2]
            if first then at = math.min(at, tonumber(first)) end
            waits = at == math.huge and 1000000 or math.max(0, at - t)
        end
        local result = { waits, round, over }
        for i = 1, #given do
            for j = 1, 3 do result[#result + 1] = given[i][j] end
        end
        return result
        """);

    /// <summary>
    /// The script that renews leases. Then: the lease, and for each lease its member, token and entry. Returns 1 or 0 for each. While renewals
    /// only are accepted, a lease that Redis has lost is back with its entry.
    /// </summary>
    public static FleetScript Renew { get; } = new(Common + """
        expire()
        local result = {}
        for i = 4, #ARGV, 3 do
            local member, token = ARGV[i], ARGV[i + 1]
            local isHeld = held(member, token)
            if not isHeld and restore(bucket(member), member, token, ARGV[i + 2]) then
                redis.call('HSET', leases, member, token)
                isHeld = true
            end
            if isHeld then redis.call('ZADD', ends, t + tonumber(ARGV[3]), member) end
            result[#result + 1] = isHeld and 1 or 0
        end
        return result
        """);

    /// <summary>
    /// The script that completes visits. Then: the revisit period, the longest back-off in periods, the time between two visits, and for each
    /// its member, token, entry, 1 if it was reached or 2 if the round leaves it out, the services, the record, and 1 if it may have been completed by a call without an
    /// answer. Returns 1 or 0 for each.
    /// </summary>
    public static FleetScript Complete { get; } = new(Common + """
        expire()
        local period, longest, spacing = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        local result, completed, reached = {}, 0, 0
        for i = 6, #ARGV, 7 do
            local member, token, isReached = ARGV[i], ARGV[i + 1], ARGV[i + 3] == '1'
            local key = bucket(member)
            local isHeld = held(member, token) or restore(key, member, token, ARGV[i + 2])
            local entry = redis.call('HGET', key, member)
            local mark = struct.pack('<d', tonumber(token))
            local wasCompleted = entry and not isHeld and ARGV[i + 6] == '1' and string.sub(entry, 15) == mark
            if entry and isHeld then
                redis.call('HDEL', leases, member)
                redis.call('ZREM', ends, member)
            end
            if entry and isHeld and ARGV[i + 3] == '2' then
                redis.call('HSET', key, member, string.sub(entry, 1, 14) .. mark)
                put(member, start + period)
            elseif entry and isHeld then
                local services, failures = string.sub(entry, 1, 8), 0
                if isReached then
                    services = ARGV[i + 4]
                    reached = reached + 1
                else
                    failures = math.min(string.byte(entry, 9) + 1, 255)
                end
                redis.call('HSET', key, member, services .. string.char(failures) .. '\1' .. string.sub(entry, 11, 14) .. mark)
                if isReached and ARGV[i + 5] ~= '' then redis.call('HSET', records, member, ARGV[i + 5])
                else redis.call('HDEL', records, member) end
                local periods = failures <= 1 and 1 or math.min(longest, 2 ^ math.min(failures - 1, 40))
                if spacing > 0 then periods = math.max(periods, math.floor((t + spacing - start + period - 1) / period)) end
                put(member, start + periods * period)
                completed = completed + 1
            end
            result[#result + 1] = entry and (isHeld or wasCompleted) and 1 or 0
        end
        if completed > 0 then
            redis.call('HINCRBY', KEYS[2], 'completed', completed)
            redis.call('HINCRBY', KEYS[2], 'reached', reached)
        end
        return result
        """);

    /// <summary>The script that ends leases without visits. Then: for each its member and token.</summary>
    public static FleetScript Release { get; } = new(Common + """
        expire()
        for i = 3, #ARGV, 2 do
            if held(ARGV[i], ARGV[i + 1]) then
                redis.call('HDEL', leases, ARGV[i])
                redis.call('ZREM', ends, ARGV[i])
                put(ARGV[i], start)
            end
        end
        return 1
        """);

    /// <summary>The script that ends a round. Then: its number, the revisit period, a random name of the call. Returns 1 for the one call that does, and to that one again.</summary>
    public static FleetScript EndRound { get; } = new(Common + """
        if redis.call('HGET', KEYS[2], 'ended:' .. ARGV[3]) == ARGV[5] then return 1 end
        expire()
        if settles or tonumber(ARGV[3]) ~= round or not isOver() then return 0 end
        redis.call('HDEL', KEYS[2], 'ended:' .. (round - 8))
        redis.call('HSET', KEYS[2], 'ended:' .. round, ARGV[5], 'round', round + 1, 'start', math.max(start + tonumber(ARGV[4]), t), 'completed', 0, 'reached', 0)
        return 1
        """);

    /// <summary>The script that counts: the round, its start, 1 if it is over, addresses, due, leased, completed, reached.</summary>
    public static FleetScript GetStatus { get; } = new(Common + """
        expire()
        local done = redis.call('HMGET', KEYS[2], 'completed', 'reached')
        return { round, start, isOver() and 1 or 0, count, due() + aside, redis.call('ZCARD', ends), tonumber(done[1] or 0), tonumber(done[2] or 0) }
        """);

    /// <summary>All of them.</summary>
    public static IEnumerable<FleetScript> All => [Add, Lease, Renew, Complete, Release, EndRound, GetStatus];
}
