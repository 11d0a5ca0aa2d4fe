//! The values that hooks keep for a cell, and their form in the journal.

use rhai::{Array, Dynamic, FLOAT, INT, Map};
use serde_json::{Number, Value};

/// The most that a cell's hooks may keep: bytes of its form in the journal, nearly.
pub const MOST_KEPT: usize = 16 * 1024;
/// How deep lists and maps may stand in each other.
const DEEPEST: usize = 8;

/// Whether these values can be kept: plain ones, not too many, in a map.
///
/// # Errors
/// In words, why not.
pub(super) fn check(kept: &Dynamic) -> Result<(), String> {
    if !kept.is_map() {
        return Err("`this` has to stay a map; give what is to be kept a name in it".into());
    }
    let weight = weigh(kept, 0)?;
    if weight > MOST_KEPT {
        return Err(format!("`this` keeps {weight} bytes, and {MOST_KEPT} are the most"));
    }
    Ok(())
}

fn weigh(value: &Dynamic, depth: usize) -> Result<usize, String> {
    if depth > DEEPEST {
        return Err(format!("in `this`, lists and maps stand in each other more than {DEEPEST} deep"));
    }
    let mut sum = 2_usize;
    if let Ok(map) = value.as_map_ref() {
        for (name, value) in map.iter() {
            sum = sum.saturating_add(name.len() + 4).saturating_add(weigh(value, depth + 1)?);
        }
    } else if let Ok(list) = value.as_array_ref() {
        for value in list.iter() {
            sum = sum.saturating_add(1).saturating_add(weigh(value, depth + 1)?);
        }
    } else if let Ok(text) = value.as_immutable_string_ref() {
        sum += text.len();
    } else if let Ok(number) = value.as_float() {
        if !number.is_finite() {
            return Err(format!("{number} cannot be kept in `this`: it is no number to go on with"));
        }
        sum += 16;
    } else if value.is_int() || value.is_bool() || value.is_unit() || value.is_char() {
        sum += 8;
    } else {
        return Err(format!("a value of the type {} cannot be kept in `this`", value.type_name()));
    }
    Ok(sum)
}

/// The values as they stand in the journal.
pub(super) fn to_json(value: &Dynamic) -> Value {
    if let Ok(map) = value.as_map_ref() {
        return Value::Object(map.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect());
    }
    if let Ok(list) = value.as_array_ref() {
        return Value::Array(list.iter().map(to_json).collect());
    }
    if let Ok(number) = value.as_float() {
        return Number::from_f64(number).map_or(Value::Null, Value::Number);
    }
    if let Ok(number) = value.as_int() {
        return number.into();
    }
    match value.as_bool() {
        Ok(flag) => flag.into(),
        Err(_) if value.is_unit() => Value::Null,
        Err(_) => value.to_string().into(),
    }
}

/// The values from the journal. A whole number that was kept as one with a point stays one with a point.
pub(super) fn from_json(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => (whole as INT).into(),
            None => (number.as_f64().unwrap_or_default() as FLOAT).into(),
        },
        Value::String(text) => text.clone().into(),
        Value::Array(list) => list.iter().map(from_json).collect::<Array>().into(),
        Value::Object(map) => {
            map.iter().map(|(name, value)| (name.into(), from_json(value))).collect::<Map>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let text = r#"{"a":[1,2.5,"x",null,true],"b":{"c":1.0}}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let kept = from_json(&value);
        assert_eq!(check(&kept), Ok(()));
        assert_eq!(to_json(&kept).to_string(), text);
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let map = |value: Dynamic| Dynamic::from(Map::from([("a".into(), value)]));
        assert!(check(&Dynamic::from(1_i64)).is_err(), "no map");
        assert!(check(&map(f64::NAN.into())).is_err());
        assert!(check(&map("x".repeat(MOST_KEPT).into())).is_err());
        let deep = (0..20).fold(Dynamic::UNIT, |inner, _| vec![inner].into());
        assert!(check(&map(deep)).is_err());
    }
}
