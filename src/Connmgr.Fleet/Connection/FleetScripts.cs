namespace Connmgr.Fleet;

/// <summary>The scripts of the connection itself and of the claims.</summary>
internal static class FleetScripts
{
    /// <summary>
    /// The script that renews the session of a process, or begins one.
    /// KEYS: state, sessions, claims. ARGV: the lease in ms, the token of the session or '', a new epoch.
    /// Returns the token, the epoch, the run of the server, the ms until new work may begin, and 1 if the session was not alive.
    /// </summary>
    /// <remarks>
    /// The state has: epoch, drawn when Redis holds no data of the fleet; run, the id of the server's process, which a restart and a
    /// failover change; open, the time from which new work may begin; beat, the time of the last renewal by anyone; token, the last one.
    /// Redis may have been away (no one has renewed for half a lease) or another server (the run), and the process that is back first must not
    /// take what others hold.
    /// </remarks>
    public static FleetScript Beat { get; } = new("""
        local lease = tonumber(ARGV[1])
        local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or 'unknown'
        local state = redis.call('HMGET', KEYS[1], 'epoch', 'run', 'open', 'beat', 'token')
        local epoch, open, beat = state[1], tonumber(state[3] or 0), tonumber(state[4] or 0)
        if not epoch then
            epoch = ARGV[3]
            open = now + lease
        elseif state[2] ~= run then
            open = now + lease
        elseif now - beat > lease / 2 and redis.call('ZCOUNT', KEYS[2], beat, '+inf') > 0 then
            open = now + lease
        end
        open = math.min(open, now + lease)
        local token, lapsed = ARGV[2], 0
        local ends = token ~= '' and redis.call('ZSCORE', KEYS[2], token)
        if not ends or tonumber(ends) <= now then
            lapsed = 1
            if token == '' or now >= open then
                token = string.format('%.0f', math.max(tonumber(state[5] or 0) + 1, clock[1] * 1000000 + clock[2]))
                redis.call('HSET', KEYS[1], 'token', token)
            end
        end
        redis.call('ZADD', KEYS[2], now + lease, token)
        redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 600000)
        redis.call('HSET', KEYS[1], 'epoch', epoch, 'run', run, 'open', open, 'beat', now)
        if now >= open then
            local page = redis.call('HSCAN', KEYS[3], redis.call('HGET', KEYS[1], 'sweep') or '0', 'COUNT', 64)
            redis.call('HSET', KEYS[1], 'sweep', page[1])
            for i = 1, #page[2], 2 do
                local alive = redis.call('ZSCORE', KEYS[2], page[2][i + 1])
                if not alive or tonumber(alive) <= now then redis.call('HDEL', KEYS[3], page[2][i]) end
            end
        end
        return { token, epoch, run, math.max(0, open - now), lapsed }
        """);

    /// <summary>The script that ends a session. KEYS: sessions. ARGV: the token.</summary>
    public static FleetScript Leave { get; } = new("""
        return redis.call('ZREM', KEYS[1], ARGV[1])
        """);

    /// <summary>
    /// The script that claims addresses. KEYS: state, sessions, claims. ARGV: the token, 1 for addresses that the process holds already, the addresses.
    /// Returns 1 or 0 for each: claimed, or held by another process.
    /// </summary>
    public static FleetScript Claim { get; } = new("""
        local ends = redis.call('ZSCORE', KEYS[2], ARGV[1])
        if not ends or tonumber(ends) <= now then return redis.error_reply('SESSION has ended') end
        local open = tonumber(redis.call('HGET', KEYS[1], 'open') or now + 1)
        local held = ARGV[2] == '1'
        if now < open and not held then return redis.error_reply('SETTLING renewals only') end
        local result = {}
        for i = 3, #ARGV do
            local owner = redis.call('HGET', KEYS[3], ARGV[i])
            local taken = false
            if owner and owner ~= ARGV[1] then
                local alive = redis.call('ZSCORE', KEYS[2], owner)
                taken = now < open or (alive and tonumber(alive) > now)
            end
            if not taken then redis.call('HSET', KEYS[3], ARGV[i], ARGV[1]) end
            result[#result + 1] = taken and 0 or 1
        end
        return result
        """);

    /// <summary>The script that gives claims up. KEYS: claims. ARGV: the token, the addresses.</summary>
    public static FleetScript Release { get; } = new("""
        for i = 2, #ARGV do
            if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
        end
        return 1
        """);
}
