Register-ArgumentCompleter -Native -CommandName connmgr -ScriptBlock {
    param($word, $line, $cursor)
    $length = [Math]::Max(0, $cursor - $line.Extent.StartOffset)
    connmgr "[suggest:$length]" "$line".PadRight($length) 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
