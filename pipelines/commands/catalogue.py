"""Which commands there are, in the words of `household --help`."""

COMMANDS = {
    "demo": (
        "Simulate a small world, judge it, print who is flagged and why, write a report.",
        "household demo --out demo/",
    ),
    "simulate": (
        "Write a simulated world: a log, its accounts table, and the truth about each account.\n\n"
        "With --months it goes on after the log, and with --treat its people answer what is done.",
        "household simulate --accounts 1000 --days 42 --seed 7 --out world/",
    ),
    "inspect-log": (
        "Show a log's columns, rows and times, and propose how its columns map.",
        "household inspect-log logs/",
    ),
    "ingest": (
        "Add a log to a store of sightings, each file and each event once.\n\n"
        "A day's log costs a day, however many days the store holds. Killed at any moment, the "
        "store is as before or holds the log whole. Exits with 99 if it holds the log already.",
        "household ingest logs/2026-05-01.parquet --store store/",
    ),
    "detect": (
        "Judge every account of a log, or of a store's window.\n\n"
        "The tables and run.json take their names together when all is done. Killed or out of "
        "disk, the same command goes on. Exits with 99 if the folder holds this result already.",
        "household detect logs/ --out results/",
    ),
    "selftest": (
        "Tell what a log proves of the detector without a label.\n\n"
        "Pairs of its accounts are put under one id, which is certain sharing: how many are found? "
        "Accounts are renamed, shifted and thinned, and put beside themselves: is any verdict "
        "moved? Exits with 99 if too few accounts look like one household.",
        "household selftest logs/ --out results/",
    ),
    "calibrate": (
        "Teach a run's model what you know of your own accounts.\n\n"
        "Labels come from reviews, appeals or verified households. Few set the scale, more move "
        "the weights as far as that pays on labels not seen, and prove a threshold.",
        "household calibrate results/ --labels reviews.csv --out model.json",
    ),
    "compare": (
        "List the accounts that two runs judge differently, and which evidence moved.",
        "household compare monday/ tuesday/",
    ),
    "inspect": (
        "Tell one account's story: households, evidence for and against, days.",
        "household inspect results/ acc-000042",
    ),
    "report": (
        "Write one self-contained HTML file about a run.",
        "household report results/ --top 100",
    ),
    "review": (
        "Serve the pages on which analysts look at a run and decide.\n\n"
        "On this machine's own address, for whoever sits at it; on any other, people sign in.",
        "household review results/ --cases cases.db",
    ),
    "evaluate": (
        "Hold a run against the truth of its world.",
        "household evaluate results/ --truth world/",
    ),
    "verify": (
        "Check a run's tables against run.json.\n\n"
        "Lists what is missing, changed or unexpected, and exits with 1 if anything is.",
        "household verify results/",
    ),
    "warm-up": (
        "Compile this version's loops, so that its first run takes no longer than the next.\n\n"
        "For images, and for each executor of a cluster. Exits with 99 if all are there.",
        "household warm-up",
    ),
    "schema": (
        "Print the JSON Schema of a table, message or file; without a name, list them.",
        "household schema accounts",
    ),
    "policy explain": (
        "Say in words what a policy does; or which of its rules wins for one account, and why.",
        "household policy explain policy.toml --account probability=0.995",
    ),
    "policy check": (
        "Check that a policy is sound, and list what it hardly means.",
        "household policy check policy.toml",
    ),
    "policy test": (
        "Hold a policy against cases: accounts, and what each should be given.\n\n"
        "One line for each that is not as expected, and then exit code 1.",
        "household policy test policy.toml cases.toml",
    ),
    "cases list": (
        "List cases: which accounts are under review, and where each stands.",
        "household cases list --cases cases.db --state open",
    ),
    "cases show": (
        "Tell one case: what the last run says, its history, what is in force.",
        "household cases show acc-000042 --cases cases.db",
    ),
    "cases decide": (
        "Decide whether an account shares, or take a decision back.\n\n"
        "Clearing takes back at once all that is in force against the account.",
        "household cases decide acc-000042 clear --by eve --cases cases.db",
    ),
    "cases exempt": (
        "Leave an account in peace, whatever runs say of it.",
        "household cases exempt acc-000042 --reason staff --by eve --cases cases.db",
    ),
    "cases appeal": (
        "Note that the account holder objects: nothing is done until that is answered.",
        "household cases appeal acc-000042 --by eve --cases cases.db",
    ),
    "cases answer": (
        "Answer an appeal.",
        "household cases answer acc-000042 overturn --reason student --by eve --cases cases.db",
    ),
    "cases labels": (
        "Write what people found out about accounts, for household calibrate --labels.",
        "household cases labels --cases cases.db --out labels.csv",
    ),
    "cases reviews agreement": (
        "Count per reviewer and per reason what was right and what two agreed upon.",
        "household cases reviews agreement --cases cases.db",
    ),
    "cases reviews export": (
        "Write every answer of reviewers, those taken back among them, as Parquet.",
        "household cases reviews export --cases cases.db --out reviews.parquet",
    ),
    "cases users add": (
        "Let somebody sign in to the review pages.\n\n"
        "Without a password, only by way of a proxy that is trusted.",
        "household cases users add eve --role reviewer --by root --cases cases.db --password -",
    ),
    "cases users list": (
        "List who may sign in, as what, and who may no longer.",
        "household cases users list --cases cases.db",
    ),
    "cases users change": (
        "Give somebody another role or another password.",
        "household cases users change eve --role lead --by root --cases cases.db",
    ),
    "cases users disable": (
        "Let somebody sign in no longer; what they did stays.",
        "household cases users disable eve --by root --cases cases.db",
    ),
    "cases golden add": (
        "Say what is known of an account as a run shows it, to measure reviewers by.\n\n"
        "No answer about it moves a case, and decide passes it over in this run.",
        "household cases golden add acc-000042 results/ clear --by lea --cases cases.db",
    ),
    "cases golden list": (
        "List the accounts whose answer is known; keep it from reviewers.",
        "household cases golden list --cases cases.db",
    ),
    "cases reasons list": (
        "List reasons: how often each was overturned, and which flag nobody.",
        "household cases reasons list --cases cases.db",
    ),
    "cases reasons suspend": (
        "Let a reason flag nobody until somebody lifts that.",
        "household cases reasons suspend own_line --by lea --cases cases.db",
    ),
    "cases reasons lift": (
        "Let a suspended reason flag again; what was said of it so far is forgiven.",
        "household cases reasons lift own_line --by lea --cases cases.db",
    ),
    "cases waves list": (
        "List which stop rules kept waves from being decided, and who lifted them.",
        "household cases waves list --cases cases.db",
    ),
    "cases waves lift": (
        "Let waves go on although a stop rule fired; what was found until now is forgiven.",
        "household cases waves lift contacts --partner Telvia --by lea --reason 'a fire drill' "
        "--cases cases.db",
    ),
    "cases checkpoint": (
        "Sign how far the store's history reaches, into a file to be kept elsewhere.",
        "household cases checkpoint --cases cases.db --key key.txt --out checkpoint.json",
    ),
    "cases verify": (
        "Check that nothing in the store was changed behind its back.\n\n"
        "Lists what is wrong, and exits with 1 if anything is.",
        "household cases verify --cases cases.db --checkpoint checkpoint.json --key key.txt",
    ),
    "decide": (
        "Decide by a policy what is done about the accounts of a run, and fill the outbox.\n\n"
        "The same call decides once, and exits with 99 when it is repeated.",
        "household decide results/ --as-of 2026-06-30 --cases cases.db --policy policy.toml",
    ),
    "forecast": (
        "Forecast contacts and agents by half-hour of a roll-out, and what it is worth.\n\n"
        "Bands come from simulated futures over stated assumptions; counts of first waves, given "
        "as --measured, narrow them.",
        "household forecast results/ --accounts accounts.csv --capacity desks.csv "
        "--start 2026-09-07 --days 10 --out forecast/",
    ),
    "plan-waves": (
        "Plan which accounts are treated on which day, so that no call centre is overrun.\n\n"
        "Writes the wave file that household decide takes, and a page. Exits with 5, and says what "
        "binds, if not all accounts fit.",
        "household plan-waves results/ --accounts accounts.csv --capacity desks.csv "
        "--start 2026-09-07 --out plan/",
    ),
    "replay": (
        "Compare policies over past runs; nothing is kept and nothing is sent.",
        "household replay results/ --policy mild.toml --policy strict.toml",
    ),
    "revert": (
        "Take back everything that a wrong run or wave did.",
        "household revert wave-3 --by eve --reason 'wrong list' --cases cases.db",
    ),
    "feedback": (
        "Take in what other systems tell of decisions: appeals, verifications, purchases.",
        "household feedback results.ndjson --cases cases.db",
    ),
    "deliver": (
        "Send what was decided and is due, through every sink of a file.\n\n"
        "Each decision is sent until it is acknowledged, with the same id and the same bytes. "
        "Exits with 4 while messages are left, with 99 if nothing was due.",
        "household deliver --cases cases.db --sinks sinks.toml",
    ),
    "outbox status": (
        "Count what is due, failing, given up and sent in each sink, and since when it waits.",
        "household outbox status --cases cases.db",
    ),
    "outbox retry": (
        "Try again what was given up: all of it, or the decisions that are named.\n\n"
        "The next household deliver sends it. Exits with 99 if there is nothing of the kind.",
        "household outbox retry --cases cases.db",
    ),
    "outbox snapshot": (
        "Write all treatments in force, with a hash, or hold them against a receiver's.\n\n"
        "Lists with --against what the receiver misses, should not do or has otherwise, and exits "
        "with 1 if there is anything.",
        "household outbox snapshot --cases cases.db --out snapshot/",
    ),
    "partner-pack": (
        "Write for each partner what its call centre has to know: when, how many, what to say.",
        "household partner-pack forecast/ --out packs/",
    ),
    "pilot design": (
        "Say what a pilot with the flagged accounts of a run could see, and what it could not.",
        "household pilot design results/ --plan pilot.toml",
    ),
    "pilot assign": (
        "Draw by lot which accounts are left in peace, for household decide --hold-outs.\n\n"
        "The same run, plan and key draw the same. Exits with 99 if the folder holds this draw.",
        "household pilot assign results/ --key key.txt --out pilot/",
    ),
    "pilot conversions": (
        "Find borrowers who took an account, and how many more of them the pilot made.",
        "household pilot conversions before/ since/ --pilot pilot/ --since 2026-06-30 --out c.csv",
    ),
    "pilot read": (
        "Compare the arms of a pilot, and say whether to stop.\n\n"
        "Exits with 1 if a guard-rail says stop.",
        "household pilot read outcomes.csv --pilot pilot/ --looks 0.2,0.4",
    ),
    "bench": (
        "Measure what judging logs of several sizes costs, in ratios to other ways.\n\n"
        "Writes simulated logs, decodes them, judges them, and runs a naive program and DuckDB "
        "beside it; these need the extra [bench].",
        "household bench --out bench/ --events 1000000",
    ),
}
"""Name of each command, what it does, and an example; its module is loaded only to run it.

The module of a command is called as its words but the last, the function as its last."""

GROUPS = {
    "policy": "Explain, check and test what is done about accounts.",
    "cases": "Look at accounts under review, and decide about them.",
    "cases reviews": "See what reviewers answered, and how far they agree.",
    "cases users": "Say who may sign in to the review pages.",
    "cases golden": "Keep cases whose answer is known, to measure reviewers by.",
    "cases waves": "See which waves were stopped, and let them go on.",
    "cases reasons": "See how reasons fare with reviewers, and suspend or lift them.",
    "pilot": "Treat some accounts, leave others in peace by lot, and compare.",
    "outbox": "Look at what is on its way to receivers, and mend it.",
}
"""Words that several commands begin with."""
