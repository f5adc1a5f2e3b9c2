//! Random views: what their tables, windows and rates show together must not tell a small count.

use super::audit::{Seen, Sum};
use super::release::Release;
use crate::frame::{Column, Frame, Table, Values};
use crate::query::{Bucket, Fold, GroupKey, GroupMeasure, GroupsQuery, Matcher, SourceId, TimeRange};

/// Numbers from a seed (Knuth's MMIX generator).
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

/// People by region, segment, day, and whether they converted; each is in one part only.
struct World {
    sizes: [usize; 4],
    people: Vec<u64>,
}

/// The keys of a group, its parts, and those of them who converted.
type Group = (Vec<usize>, Vec<usize>, Vec<usize>);

const DAY: usize = 2;
const CONVERTED: usize = 3;
const KEYS: [&str; 3] = ["region", "segment", "day"];
const DAY_MS: i64 = 86_400_000;

/// A question to it: by which of the dimensions, of which days, of which regions.
#[derive(Clone, Debug)]
struct Asked {
    by: Vec<usize>,
    days: usize,
    only_region: Option<usize>,
}

impl World {
    fn at(&self, part: usize) -> [usize; 4] {
        let mut rest = part;
        let mut at = [0; 4];
        for d in (0..4).rev() {
            at[d] = rest % self.sizes[d];
            rest /= self.sizes[d];
        }
        at
    }

    /// The parts that a question is about.
    fn of(&self, asked: &Asked) -> impl Iterator<Item = usize> {
        let is_of = move |part: &usize| {
            let at = self.at(*part);
            at[DAY] < asked.days && asked.only_region.is_none_or(|region| at[0] == region)
        };
        (0..self.people.len()).filter(is_of)
    }

    fn sum(&self, parts: &[usize]) -> u64 {
        parts.iter().map(|&part| self.people[part]).sum()
    }

    /// Groups with people, by their keys: everybody's parts, and those of who converted.
    fn groups(&self, asked: &Asked) -> Vec<Group> {
        let mut found: Vec<Group> = Vec::new();
        for part in self.of(asked) {
            let at = self.at(part);
            let key: Vec<usize> = asked.by.iter().map(|&d| at[d]).collect();
            let slot = found.iter().position(|(known, ..)| *known == key).unwrap_or_else(|| {
                found.push((key, Vec::new(), Vec::new()));
                found.len() - 1
            });
            found[slot].1.push(part);
            if at[CONVERTED] == 1 {
                found[slot].2.push(part);
            }
        }
        found.retain(|(_, all, _)| asked.by.is_empty() || self.sum(all) > 0);
        found
    }

    fn query(asked: &Asked) -> GroupsQuery {
        let key = |&d: &usize| GroupKey {
            name: KEYS[d].to_owned(),
            column: if d == DAY { "at".to_owned() } else { KEYS[d].to_owned() },
            bucket: (d == DAY).then_some(Bucket::Day),
        };
        GroupsQuery {
            source: SourceId("s".to_owned()),
            table: "exposures".to_owned(),
            time: Some("at".to_owned()),
            may_lack_time: false,
            range: TimeRange::new(0, asked.days as i64 * DAY_MS),
            unit: Some("user_id".to_owned()),
            keys: asked.by.iter().map(key).collect(),
            measures: vec![GroupMeasure { name: "value".to_owned(), fold: Fold::Moments("converted".to_owned()) }],
            matchers: asked.only_region.iter().map(|at| Matcher::any_of("region", [at.to_string()])).collect(),
            limit: 100,
        }
    }

    fn frame(&self, asked: &Asked) -> Frame {
        let groups = self.groups(asked);
        let key = |(place, d): (usize, &usize)| {
            let at = groups.iter().map(|(key, ..)| key[place]);
            let values = match *d {
                DAY => Values::Time(at.map(|at| (at as i64 * DAY_MS) as f64).collect()),
                _ => Values::text(at.map(|at| Some(at.to_string()))),
            };
            Column::new(KEYS[*d], values)
        };
        let mut columns: Vec<Column> = asked.by.iter().enumerate().map(key).collect();
        let counts = |of: &dyn Fn(&Group) -> u64| {
            Values::numbers(groups.iter().map(|group| of(group) as f64).collect::<Vec<_>>())
        };
        columns.push(Column::new("units", counts(&|(_, all, _)| self.sum(all))));
        columns.push(Column::new("value", counts(&|(.., ones)| self.sum(ones))));
        columns.push(Column::new("value.squares", counts(&|(.., ones)| self.sum(ones))));
        Frame::from_table(Table::new(columns).unwrap())
    }
}

fn random_world(seed: &mut u64) -> World {
    let sizes = [1 + random(seed, 3) as usize, 1 + random(seed, 2) as usize, 1 + random(seed, 2) as usize, 2];
    let scale = [4, 15, 40, 400][random(seed, 4) as usize];
    let rare = [1, 1, 8, 40][random(seed, 4) as usize];
    let count = |part: usize, seed: &mut u64| {
        let n = random(seed, scale);
        if part % 2 == 1 { n / rare } else { n }
    };
    let people = (0..sizes.iter().product()).map(|part| count(part, seed)).collect();
    World { sizes, people }
}

/// The questions of a panel, and often the same ones of a part: of some days, or of one region.
fn random_questions(seed: &mut u64, world: &World) -> Vec<Asked> {
    let whole = |by: Vec<usize>| Asked { by, days: world.sizes[DAY], only_region: None };
    let mut asked: Vec<Asked> =
        (0..=random(seed, 3)).map(|_| whole((0..3).filter(|_| random(seed, 2) == 0).collect())).collect();
    let part = match random(seed, 3) {
        0 => None,
        1 => Some((1, None)),
        _ => Some((world.sizes[DAY], Some(random(seed, world.sizes[0] as u64) as usize))),
    };
    if let Some((days, only_region)) = part {
        let of_part: Vec<Asked> = asked.iter().map(|of| Asked { days, only_region, ..of.clone() }).collect();
        asked.extend(of_part);
    }
    asked
}

/// What a reader sees of everything that was asked, and the sums that must not be known.
fn shown(world: &World, questions: &[Asked], k: u64) -> (Vec<Sum>, Vec<Vec<usize>>, Vec<String>) {
    let mut release = Release::default();
    let (mut sums, mut secrets, mut leaks) = (Vec::new(), Vec::new(), Vec::new());
    for asked in questions {
        let (guarded, _) = release.guard(&World::query(asked), &world.frame(asked), k as u32);
        let table = guarded.table().unwrap();
        for (row, (key, all, ones)) in world.groups(asked).into_iter().enumerate() {
            let rest: Vec<usize> = all.iter().copied().filter(|part| !ones.contains(part)).collect();
            let (n, hits) = (table.number("units", row), table.number("value", row));
            if n.is_nan() && !hits.is_nan() {
                leaks.push(format!("{asked:?} shows who converted of {key:?} without the people"));
            }
            for (value, parts) in [(n, &all), (hits, &ones)].into_iter().filter(|(value, _)| !value.is_nan()) {
                assert_eq!(value as u64, world.sum(parts), "a shown number is true");
                sums.push((parts.clone(), value as i64));
            }
            secrets.extend([all, ones, rest]);
        }
    }
    // Who is in a group of a whole and not in the same group of its part.
    for (whole, part) in questions.iter().zip(questions.iter().skip(questions.len() / 2)) {
        for (key, all, _) in world.groups(whole) {
            let own = world.groups(part).into_iter().find(|(other, ..)| *other == key);
            let own = own.map(|(_, own, _)| own).unwrap_or_default();
            secrets.push(all.into_iter().filter(|part| !own.contains(part)).collect());
        }
    }
    secrets.retain(|parts| (1..k).contains(&world.sum(parts)));
    (sums, secrets, leaks)
}

#[test]
fn ten_thousand_random_views_reveal_nothing_together() {
    let (n_secrets, n_shown) = audit(11, 10_000);
    assert!(n_secrets > 10_000 && n_shown > 10_000, "the views have {n_secrets} secrets and show {n_shown} numbers");
    // A shown total of nobody told, with a shown rate beside it, who had no other.
    let (n_secrets, n_shown) = audit(12, 300);
    assert!(n_secrets > 300 && n_shown > 300);
}

/// Audits so many random views; how many secrets they had, and how many numbers they showed.
fn audit(mut seed: u64, n_rounds: usize) -> (usize, usize) {
    let (mut n_secrets, mut n_shown) = (0, 0);
    for round in 0..n_rounds {
        let world = random_world(&mut seed);
        let questions = random_questions(&mut seed, &world);
        let k = [3, 5, 11][random(&mut seed, 3) as usize];
        let (sums, secrets, leaks) = shown(&world, &questions, k);
        assert!(leaks.is_empty(), "round {round}: {leaks:?}");
        n_shown += sums.len();
        let most = 2 * world.people.iter().sum::<u64>() as i64 + 10;
        let seen = Seen::new(world.people.len(), sums, most);
        let bounds = seen.bounds();
        for parts in secrets {
            n_secrets += 1;
            let at = || format!("round {round}, k = {k}, {:?} {:?}, {questions:?}", world.sizes, world.people);
            assert!(!seen.determines(&parts), "{} determines {parts:?} {seen:?}", at());
            let (low, high) = parts.iter().fold((0, 0), |acc, &part| (acc.0 + bounds[part].0, acc.1 + bounds[part].1));
            assert!(low < high, "{} pins {parts:?} to {low} {seen:?}", at());
        }
    }
    (n_secrets, n_shown)
}
