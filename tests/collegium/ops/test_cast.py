def test_the_outsider_shares_no_workspace_with_the_others(owner, colleague, outsider):
    from collegium.accounts.selectors import workspaces_of

    own = set(workspaces_of(owner))
    assert own
    assert own == set(workspaces_of(colleague))
    assert not own & set(workspaces_of(outsider))
