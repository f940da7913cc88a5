namespace Connmgr.Fleet;

/// <summary>The scripts of shared bans.</summary>
internal static class BanScripts
{
    /// <summary>
    /// The script that publishes changes. KEYS: state, bans, ban ends, discouraged, changes. ARGV: five for each change: its kind
    /// ('+' a ban, '-' its removal, 'd' a discouraged host), the target, the time of the change in ms, the end of the ban in s, and the rest.
    /// Returns pairs of a target and its present record, for changes that the fleet knows better: a removal is newer than the ban, a
    /// ban newer than the removal, or a ban lasts as long or longer. A host is published once in ten minutes, so that one which comes again and
    /// again does not push the changes of others out of the stream.
    /// </summary>
    /// <remarks>
    /// A removal stays as a record until the ban would have ended, so that a process which was away can't bring the ban back. Each change in
    /// the stream has the next number, so that a reader notices a gap.
    /// </remarks>
    public static FleetScript Publish { get; } = new("""
        local better = {}
        for i = 1, #ARGV, 5 do
            local kind, target, time, ends, rest = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
            local isNew = true
            if kind == 'd' then
                local last = redis.call('ZSCORE', KEYS[4], target)
                isNew = not last or now - last > 600000 or now < tonumber(last)
                if isNew then redis.call('ZADD', KEYS[4], now, target) end
                if redis.call('ZCARD', KEYS[4]) > 50000 then redis.call('ZREMRANGEBYRANK', KEYS[4], 0, 0) end
            else
                local present = redis.call('HGET', KEYS[2], target)
                local oldKind, oldTime, oldEnds = string.match(present or '', '^(%S) (%d+) (%d+) ')
                if not oldKind then present = false end
                if present then
                    if kind == '+' and oldKind == '+' then
                        isNew = tonumber(ends) > tonumber(oldEnds)
                    elseif kind == '-' and oldKind == '-' then
                        isNew = tonumber(time) > tonumber(oldTime)
                    else
                        isNew = tonumber(time) >= tonumber(oldTime)
                    end
                end
                if isNew and (present or redis.call('HLEN', KEYS[2]) < 200000) then
                    redis.call('HSET', KEYS[2], target, kind .. ' ' .. time .. ' ' .. ends .. ' ' .. rest)
                    redis.call('ZADD', KEYS[3], ends, target)
                elseif not isNew then
                    better[#better + 1] = target
                    better[#better + 1] = present
                end
            end
            if isNew then
                local number = redis.call('HINCRBY', KEYS[1], 'changes', 1)
                redis.call('XADD', KEYS[5], 'MAXLEN', '~', 20000, '*', 'n', number, 't', target, 'v', kind .. ' ' .. time .. ' ' .. ends .. ' ' .. rest)
            end
        end
        local ended = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', math.floor(now / 1000), 'LIMIT', 0, 200)
        for i = 1, #ended do
            redis.call('HDEL', KEYS[2], ended[i])
            redis.call('ZREM', KEYS[3], ended[i])
        end
        return better
        """);

    /// <summary>The script that gets the end of the stream. KEYS: state, changes. Returns the number of the last change, and its id.</summary>
    public static FleetScript GetEnd { get; } = new("""
        local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
        return { redis.call('HGET', KEYS[1], 'changes') or '0', last[1] and last[1][1] or '0-0' }
        """);
}
