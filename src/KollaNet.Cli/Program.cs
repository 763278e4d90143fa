Console.WriteLine("kollanet");
